/** What kept a local Kafka from running. */
export type LocalKafkaErrorCode =
  /** `java` is not there, or older than 17. */
  | 'LOCAL_KAFKA_JAVA_MISSING'
  /** The jars are not cached and `mvn` is not there to fetch them. */
  | 'LOCAL_KAFKA_MAVEN_MISSING'
  /** Maven ran and could not fetch the jars. */
  | 'LOCAL_KAFKA_DOWNLOAD_FAILED'
  /** Another program listens on the port that was asked for. */
  | 'LOCAL_KAFKA_PORT_IN_USE'
  /** Kafka ended, or did not become ready in time. */
  | 'LOCAL_KAFKA_START_FAILED';

/** The one error class of this library. Test it with {@link isLocalKafkaError}. */
export class LocalKafkaError extends Error {
  override readonly name = 'LocalKafkaError';
  /** What kind of failure it is. */
  readonly code: LocalKafkaErrorCode;

  constructor(code: LocalKafkaErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Whether `error` is a {@link LocalKafkaError}, of whichever installed copy of this library. */
export function isLocalKafkaError(error: unknown): error is LocalKafkaError {
  return error instanceof Error && error.name === 'LocalKafkaError' && 'code' in error;
}
