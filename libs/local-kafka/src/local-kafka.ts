import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { answersKafka } from './broker-probe.ts';
import { findFreePorts, isPortFree } from './free-ports.ts';
import { defaultJarsDirectory, ensureJars, kafkaVersion } from './kafka-jars.ts';
import { checkJava, reasonIn, runJava, startJava } from './kafka-process.ts';
import type { KafkaProcess } from './kafka-process.ts';
import { LocalKafkaError } from './local-kafka-error.ts';
import type { LocalCertificates } from './local-certificates.ts';
import type { ListenerSettings, SecureListener } from './secure-listeners.ts';
import { listenerProperties, scramMechanisms, scramUsers, usesTls } from './secure-listeners.ts';
import { buildServerProperties } from './server-properties.ts';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/** What a local Kafka may be told. */
export interface LocalKafkaOptions {
  /** Port of the clients' listener on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Where its data lies and stays; taken up again when it is there. Default: a temporary folder, removed at the end. */
  readonly dataDirectory?: string;
  /** Folder with Kafka's jars. Default: the cache, filled by Maven when it is empty. */
  readonly jarsDirectory?: string;
  /** Told what takes time, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Listeners of clients beside the plain one, by a name of capital letters and digits, on free ports. Certificates are made anew. */
  readonly listeners?: Readonly<Record<string, SecureListener>>;
  /** Passwords by user, for the SASL listeners. Those of SCRAM are set when the data folder is new. */
  readonly users?: Readonly<Record<string, string>>;
  /** Added to, or in place of, our `server.properties`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A Kafka that runs as a process of this machine and ends with us, whatever way we end. */
export interface LocalKafka extends AsyncDisposable {
  /** `127.0.0.1:<port>`; the same after a restart. */
  readonly bootstrapServers: string;
  /** `127.0.0.1:<port>` of each listener that was asked for. */
  readonly listeners: Readonly<Record<string, string>>;
  /** Who to trust, and a certificate for clients; undefined when no listener speaks TLS. */
  readonly certificates: LocalCertificates | undefined;
  /** Sets the password of a user of SCRAM; the one before is refused from then on. Takes about a second. */
  setPassword(user: string, password: string): Promise<void>;
  /** The process id of Kafka's JVM; undefined while it is down. */
  readonly pid: number | undefined;
  /** A clean stop, killed when it takes longer than 15 s. The data stays until this is disposed. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Stops if need be and starts again on the same port and data. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/**
 * Starts Apache Kafka as one KRaft process and waits until it serves (about 3 s; the first time on a machine Maven fetches
 * it). Rejects with a {@link LocalKafkaError} that says what to install or to set.
 */
export async function startLocalKafka(options: LocalKafkaOptions = {}): Promise<LocalKafka> {
  const onProgress = options.onProgress ?? ((): void => undefined);
  await checkJava();
  const jars = options.jarsDirectory ?? defaultJarsDirectory(process.env);
  await ensureJars(jars, onProgress);
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new LocalKafkaError(
      'LOCAL_KAFKA_PORT_IN_USE',
      `Port ${options.port} is in use: stop what listens there, or choose another port`,
    );
  }
  const listeners = options.listeners ?? {};
  const names = Object.keys(listeners);
  const [freePort, controllerPort, ...free] = (await findFreePorts(2 + names.length)) as [number, number, ...number[]];
  const certificates = Object.values(listeners).some(usesTls)
    ? await (await import('./local-certificates.ts')).makeCertificates()
    : undefined;
  const temporary = options.dataDirectory === undefined ? await mkdtemp(join(tmpdir(), 'eventing-kafka-')) : undefined;
  const kafka = new LocalKafkaServer({
    port: options.port ?? freePort,
    controllerPort,
    jars,
    folder: options.dataDirectory ?? (temporary as string),
    temporary: temporary !== undefined,
    properties: options.properties ?? {},
    secure: {
      listeners,
      ports: new Map(names.map((name, index) => [name, free[index] ?? 0])),
      users: options.users ?? {},
      certificates,
    },
  });
  try {
    onProgress(`starting Apache Kafka ${kafkaVersion} on ${kafka.bootstrapServers}`);
    await kafka.prepare();
    await kafka.start();
  } catch (error) {
    await kafka[Symbol.asyncDispose]();
    throw error;
  }
  return kafka;
}

interface ServerPlace {
  readonly port: number;
  readonly controllerPort: number;
  readonly jars: string;
  readonly folder: string;
  readonly temporary: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly secure: ListenerSettings;
}

class LocalKafkaServer implements LocalKafka {
  readonly bootstrapServers: string;
  readonly listeners: Readonly<Record<string, string>>;
  readonly certificates: LocalCertificates | undefined;
  readonly #place: ServerPlace;
  #process: KafkaProcess | undefined;

  constructor(place: ServerPlace) {
    this.#place = place;
    this.bootstrapServers = `127.0.0.1:${place.port}`;
    const { ports, certificates } = place.secure;
    this.listeners = Object.fromEntries([...ports].map(([name, port]) => [name, `127.0.0.1:${port}`]));
    this.certificates = certificates;
  }

  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined;
  }

  async prepare(): Promise<void> {
    const { folder, port, controllerPort, properties, secure } = this.#place;
    await mkdir(folder, { recursive: true });
    const text = buildServerProperties({
      port,
      controllerPort,
      logDirectory: join(folder, 'log'),
      listeners: [...secure.ports].map(([name, port]) => [name, secure.listeners[name]?.protocol ?? 'SSL', port]),
      overrides: { ...listenerProperties(secure), ...properties },
    });
    await writeFile(this.#propertiesFile, text, { mode: 0o600 });
    if (existsSync(join(folder, 'log', 'meta.properties'))) return;
    const clusterId = randomBytes(16).toString('base64url');
    await runJava([
      ...this.#jvmOptions(),
      '-XX:TieredStopAtLevel=1',
      'kafka.tools.StorageTool',
      'format',
      // In one word: an id that begins with "-", as one of 64 does, would be taken for the next option.
      `--cluster-id=${clusterId}`,
      '-c',
      this.#propertiesFile,
      ...scramUsers(secure),
    ]);
  }

  async setPassword(user: string, password: string): Promise<void> {
    const mechanisms = scramMechanisms(this.#place.secure);
    await runJava([
      ...this.#jvmOptions(),
      '-XX:TieredStopAtLevel=1',
      'kafka.admin.ConfigCommand',
      ...['--bootstrap-server', this.bootstrapServers, '--entity-type', 'users', '--entity-name', user, '--alter'],
      ...['--add-config', mechanisms.map((mechanism) => `${mechanism}=[password=${password}]`).join(',')],
    ]);
  }

  async start(): Promise<void> {
    const { port, folder, temporary } = this.#place;
    const kafka = await startJava(
      [...this.#jvmOptions(), '-Xmx1g', 'kafka.Kafka', this.#propertiesFile],
      temporary ? folder : undefined,
    );
    this.#process = kafka;
    const deadline = Date.now() + startTimeoutMs;
    while (!(await answersKafka(port, 1000))) {
      if (!kafka.running) {
        throw new LocalKafkaError(
          'LOCAL_KAFKA_START_FAILED',
          `Kafka ended while it started: ${reasonIn(await kafka.ended)}`,
        );
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new LocalKafkaError(
          'LOCAL_KAFKA_START_FAILED',
          `Kafka did not answer on port ${port} within ${startTimeoutMs / 1000} s`,
        );
      }
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    const kafka = this.#process;
    if (kafka?.running !== true) return;
    // A process that is stopped would not see the request to end.
    kafka.signal('SIGCONT');
    kafka.signal('SIGTERM');
    const abort = new AbortController();
    const late = sleep(stopTimeoutMs, 'late' as const, { signal: abort.signal }).catch(() => 'aborted' as const);
    const first = await Promise.race([kafka.ended, late]);
    abort.abort();
    if (first === 'late') await this.kill();
  }

  async kill(): Promise<void> {
    const kafka = this.#process;
    if (kafka === undefined) return;
    kafka.signal('SIGKILL');
    await kafka.ended;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody will read the data again when it is temporary, so nothing is to be written down in order.
    if (this.#place.temporary) await this.kill();
    else await this.stop();
    this.#process = undefined;
    if (this.#place.temporary) await rm(this.#place.folder, { recursive: true, force: true });
  }

  get #propertiesFile(): string {
    return join(this.#place.folder, 'server.properties');
  }

  #jvmOptions(): readonly string[] {
    return ['-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(this.#place.jars, '*')];
  }
}
