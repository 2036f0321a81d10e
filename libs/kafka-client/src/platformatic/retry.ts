import { KafkaError } from '../kafka-error.ts';
import type { KafkaErrorCode } from '../kafka-error.ts';
import { kafkaErrorOfPlatformatic } from './platformatic-errors.ts';

/** How long one operation may take in all, in milliseconds. */
export const operationTimeoutMs = 5000;

/**
 * Tries until it succeeds, fails for good, or time is up. `attempt` answers undefined for "not yet". Once `signal` aborts it
 * rejects with KAFKA_CLOSED at once, whatever is under way.
 */
export async function untilDone<Result>(
  context: string,
  attempt: () => Promise<Result | undefined>,
  signal: AbortSignal,
): Promise<Result> {
  const { promise: closed, reject } = Promise.withResolvers<never>();
  closed.catch(ignore);
  const abort = (): void => {
    reject(new KafkaError('KAFKA_CLOSED', `${context}: closed`));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const work = tryUntilDone(context, attempt, signal);
    work.catch(ignore);
    return await Promise.race([closed, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function tryUntilDone<Result>(
  context: string,
  attempt: () => Promise<Result | undefined>,
  signal: AbortSignal,
): Promise<Result> {
  const deadline = performance.now() + operationTimeoutMs;
  let delayMs = 50;
  let last: KafkaError | undefined;
  while (!signal.aborted) {
    try {
      const result = await beforeDeadline(context, attempt(), deadline - performance.now());
      if (result !== undefined) return result;
    } catch (error) {
      last = kafkaErrorOfPlatformatic(error, context);
      if (!worthTryingAgain(last)) throw last;
    }
    if (performance.now() + delayMs > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    delayMs = Math.min(1000, delayMs * 2);
  }
  throw (
    last ?? new KafkaError('KAFKA_TIMEOUT', `${context}: not done within ${operationTimeoutMs} ms`, { retriable: true })
  );
}

function ignore(): void {
  // Whoever waited has another answer already.
}

/** `work`, or KAFKA_TIMEOUT. */
export async function beforeDeadline<Result>(context: string, work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new KafkaError('KAFKA_TIMEOUT', `${context}: Kafka did not answer in time`, { retriable: true }));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What somebody has to mend first is for our caller to try again, not for us within seconds. */
const hopeless: ReadonlySet<KafkaErrorCode> = new Set([
  'KAFKA_GROUP_HAS_MEMBERS',
  'KAFKA_AUTHENTICATION',
  'KAFKA_AUTHORIZATION',
]);

function worthTryingAgain(error: KafkaError): boolean {
  return error.retriable && !hopeless.has(error.code);
}
