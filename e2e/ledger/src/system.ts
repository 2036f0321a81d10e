import { type AppProcess, type DataPlane, eventually, freePort, startDataPlane } from '@eventing-kafka/e2e-support';
import { createKafkaClients, type KafkaClients } from '@eventing-kafka/kafka-client';
import { type LocalKafka, startLocalKafka } from '@eventing-kafka/local-kafka';

/** One process of the system, through all its lives. */
export interface Part {
  readonly name: string;
  readonly running: boolean;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process is gone, and rejects when it did not end by itself within a minute or with another code than 0. */
  stop(): Promise<void>;
  /** Starts it again under its name and port, and waits until it is ready. */
  start(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** What its processes printed, one after the other; of each the last million characters. */
  readonly output: string;
}

/** A Kafka, a controller, two receivers and three dispatchers, all processes of their own that end with this. */
export interface System extends AsyncDisposable {
  readonly kafka: LocalKafka;
  readonly clients: KafkaClients;
  readonly dataPlane: DataPlane;
  readonly controller: Part;
  readonly receivers: readonly Part[];
  readonly dispatchers: readonly Part[];
  /** Where the receivers take events, without the path of a broker. */
  readonly ingressUrls: readonly string[];
  /** Every part runs and none is frozen; starts those that are gone. */
  heal(): Promise<void>;
}

/** Partitions of the topics of a system, two for each dispatcher. */
export const partitions = 6;

const dispatcherNames = ['dispatcher-1', 'dispatcher-2', 'dispatcher-3'];
const stopLimitMs = 60_000;

/** Starts everything and waits until it is ready. */
export async function startSystem(): Promise<System> {
  await using stack = new AsyncDisposableStack();
  const kafka = stack.use(await startLocalKafka());
  const clients = stack.use(createKafkaClients());
  const dataPlane = stack.use(
    await startDataPlane({
      bootstrapServers: kafka.bootstrapServers,
      controllerEnv: { DEFAULT_PARTITIONS: String(partitions) },
    }),
  );
  const secondPort = await freePort();

  const controller = part('controller', dataPlane.controller, async () => {
    await dataPlane.restartController();
    return dataPlane.controller;
  });
  const firstReceiver = part('receiver-1', dataPlane.receiver, async () => {
    await dataPlane.restartReceiver();
    return dataPlane.receiver;
  });
  const startSecondReceiver = (): Promise<AppProcess> => dataPlane.startReceiver('receiver-2', secondPort);
  const [secondReceiver, ...dispatchers] = await Promise.all([
    startSecondReceiver().then((app) => part('receiver-2', app, startSecondReceiver)),
    ...dispatcherNames.map(async (name) =>
      part(name, await dataPlane.startDispatcher(name), () => dataPlane.startDispatcher(name)),
    ),
  ]);

  const receivers = [firstReceiver, secondReceiver];
  const owned = stack.move();
  return {
    kafka,
    clients,
    dataPlane,
    controller,
    receivers,
    dispatchers,
    ingressUrls: [dataPlane.ingressUrl, `http://127.0.0.1:${secondPort}`],
    async heal() {
      for (const one of [controller, ...receivers, ...dispatchers]) {
        one.thaw();
        if (!one.running) await one.start();
      }
      if (kafka.pid === undefined) await kafka.restart();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function part(name: string, first: AppProcess, startAgain: () => Promise<AppProcess>): Part {
  let app = first;
  let outputBefore = '';
  return {
    name,
    get running() {
      return app.running;
    },
    get output() {
      return outputBefore + app.output;
    },
    async kill() {
      await app.stop('SIGKILL');
    },
    async stop() {
      app.signal('SIGTERM');
      await eventually(`${name} ends after SIGTERM`, () => !app.running, stopLimitMs);
      if (app.exitCode !== 0) throw new Error(`${name} ended with ${String(app.exitCode)}. Its output:\n${app.output}`);
    },
    async start() {
      outputBefore += app.output;
      app = await startAgain();
    },
    freeze: () => app.signal('SIGSTOP'),
    thaw: () => app.signal('SIGCONT'),
  };
}
