/** What went wrong, as far as the driver can tell. */
export type KafkaErrorCode =
  /** No broker could be reached. */
  | 'KAFKA_UNREACHABLE'
  /** The time limit of the call passed; the outcome at Kafka is not known. */
  | 'KAFKA_TIMEOUT'
  /** The record is larger than the client or the topic allows. */
  | 'KAFKA_TOO_LARGE'
  /** User, password, mechanism or TLS material was refused. */
  | 'KAFKA_AUTHENTICATION'
  /** The user is known and may not do this. */
  | 'KAFKA_AUTHORIZATION'
  /** The topic or partition does not exist. */
  | 'KAFKA_UNKNOWN_TOPIC'
  /** The bounded send queue is full: send less, later. */
  | 'KAFKA_QUEUE_FULL'
  /** The driver gave up on itself; it is replaced behind the interface. */
  | 'KAFKA_FATAL'
  /** The group has members (of another client), so it accepts no memberless commit and cannot be deleted. */
  | 'KAFKA_GROUP_HAS_MEMBERS'
  /** An offset is not in the log any more; reading goes on at the nearest one that is. */
  | 'KAFKA_OFFSET_OUT_OF_RANGE'
  /** A record that this client cannot carry, such as a header value that is not text. */
  | 'KAFKA_INVALID_RECORD'
  /** A setting that is unknown, out of range, or owned by this library. */
  | 'KAFKA_INVALID_CONFIG'
  /** The object was disposed. */
  | 'KAFKA_CLOSED'
  /** Anything else; the message has Kafka's own words. */
  | 'KAFKA_OTHER';

/** How a {@link KafkaError} is made. */
export interface KafkaErrorOptions {
  /** Trying the same again later may succeed. Default false. */
  readonly retriable?: boolean;
  /** The client that reported it is of no more use. Default false. */
  readonly fatal?: boolean;
  /** The message without what was being done: the same for whoever meets the same trouble. */
  readonly detail?: string;
  /** What it came from. */
  readonly cause?: unknown;
}

/** The one error class of this library. Test it with {@link isKafkaError}, not with `instanceof`. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  /** What kind of failure it is. */
  readonly code: KafkaErrorCode;
  /** Trying the same again later may succeed. */
  readonly retriable: boolean;
  /** The client that reported it is of no more use. */
  readonly fatal: boolean;
  /** The message without what was being done, where that is known: the same for whoever meets the same trouble. */
  readonly detail?: string;

  constructor(code: KafkaErrorCode, message: string, options: KafkaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.fatal = options.fatal ?? false;
    if (options.detail !== undefined) this.detail = options.detail;
  }
}

/** Whether `error` is a {@link KafkaError}, of whichever installed copy of this library. */
export function isKafkaError(error: unknown): error is KafkaError {
  return error instanceof Error && error.name === 'KafkaError' && 'code' in error && 'retriable' in error;
}
