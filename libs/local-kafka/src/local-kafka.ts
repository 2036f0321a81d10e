import { LocalKafkaError } from './local-kafka-error.ts';

/** What a local Kafka may be told. */
export interface LocalKafkaOptions {
  /** Port of the clients' listener on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Where its data lies and stays. Default: a temporary folder, removed when it stops. */
  readonly dataDirectory?: string;
  /** Folder with Kafka's jars. Default: the cache, filled by Maven when it is empty. */
  readonly jarsDirectory?: string;
  /** Told what takes time, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Added to, or in place of, our `server.properties`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A Kafka that runs as a process of this machine and ends with us, whatever way we end. */
export interface LocalKafka extends AsyncDisposable {
  readonly bootstrapServers: string;
  /** The process id of Kafka's JVM; undefined while it is down. */
  readonly pid: number | undefined;
  /** A clean stop, killed when it takes longer than 15 s. The data stays until this is disposed. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts again on the same port and data after `stop` or `kill`. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** Starts Apache Kafka as one KRaft process and waits until it serves. */
export function startLocalKafka(_options: LocalKafkaOptions = {}): Promise<LocalKafka> {
  return Promise.reject(new LocalKafkaError('LOCAL_KAFKA_START_FAILED', 'not built yet'));
}
