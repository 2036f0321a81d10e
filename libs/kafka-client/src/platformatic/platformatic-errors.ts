import { AuthenticationError, findErrorBy, ResponseError, TimeoutError } from '@platformatic/kafka';
import { isKafkaError, KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';

/** The error behind an error of the pure JavaScript driver. */
export function kafkaErrorOfPlatformatic(error: unknown, context: string): KafkaError {
  if (isKafkaError(error)) return error;
  const apiCode = apiCodeOf(error);
  if (apiCode !== undefined) return kafkaErrorOfCode(apiCode, `${context}: ${textOfCode(apiCode)}`, error);
  const detail = deepestMessage(error);
  const message = `${context}: ${detail}`;
  if (isOrHolds(error, AuthenticationError)) {
    return new KafkaError('KAFKA_AUTHENTICATION', message, { retriable: true, detail, cause: error });
  }
  if (isOrHolds(error, TimeoutError))
    return new KafkaError('KAFKA_TIMEOUT', message, { retriable: true, detail, cause: error });
  if (error instanceof Error && findErrorBy(error, 'code', 'PLT_KFK_NETWORK') !== null) {
    return new KafkaError('KAFKA_UNREACHABLE', message, { retriable: true, detail, cause: error });
  }
  return new KafkaError('KAFKA_OTHER', message, { cause: error });
}

/** Kafka's error code in an error of the driver, if Kafka answered at all. */
export function apiCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('apiCode' in error && typeof error.apiCode === 'number') return error.apiCode;
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  for (const each of inner) {
    const code = apiCodeOf(each);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** The answer in which Kafka reported errors of single parts; undefined when there was no answer. */
export function responseIn(error: unknown): unknown {
  return error instanceof ResponseError ? (error['response'] as unknown) : undefined;
}

function isOrHolds(error: unknown, type: new (...args: never[]) => Error): boolean {
  if (error instanceof type) return true;
  if (error instanceof AggregateError && (error.errors as unknown[]).some((each) => isOrHolds(each, type))) return true;
  return error instanceof Error && error.cause !== undefined && isOrHolds(error.cause, type);
}

function deepestMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return deepestMessage(error.errors.at(-1));
  if (error instanceof Error && error.cause instanceof Error) return `${error.message} ${deepestMessage(error.cause)}`;
  return error instanceof Error ? error.message : String(error);
}
