import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppProcess, startApp } from './app-process.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type ManifestsFolder, manifestsFolder } from './manifests-folder.ts';

/** How long processes may take to start, and objects to become Ready, on a machine that is busy with much else. */
const readyLimitMs = 120_000;

/** An object as `/status` of the controller shows it. */
export interface ReportedResource {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status: {
    /** The generation that the conditions speak of; each change of a manifest makes the next one. */
    readonly observedGeneration: number;
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly address?: { readonly url: string };
  };
}

/** Controller, receiver and dispatchers as processes of their own. Disposing them kills what still runs. */
export interface DataPlane extends AsyncDisposable {
  readonly manifests: ManifestsFolder;
  /** The present one; see the restarts. */
  readonly controller: AppProcess;
  readonly receiver: AppProcess;
  /** Where events are posted, without the path of the broker. */
  readonly ingressUrl: string;
  /** Starts one more dispatcher, or the one of this name again. */
  startDispatcher(nodeId: string): Promise<AppProcess>;
  /** Starts one more receiver beside the first, or the one of this name again, where events are posted to this port. */
  startReceiver(nodeId: string, ingressPort: number): Promise<AppProcess>;
  /** Starts the receiver, or the controller, again after it was stopped: same port, same snapshot file. */
  restartReceiver(): Promise<void>;
  restartController(): Promise<void>;
  /** What the controller says about all objects. */
  status(): Promise<readonly ReportedResource[]>;
  /** Waits until every named object, `Kind name`, is Ready. */
  ready(...objects: readonly string[]): Promise<void>;
}

/**
 * Starts a controller and a receiver against a Kafka; dispatchers, and more receivers, are started by the suite.
 *
 * @param options.controllerEnv settings of the controller on top of ours, such as `DEFAULT_PARTITIONS`
 */
export async function startDataPlane({
  bootstrapServers,
  controllerEnv = {},
}: {
  bootstrapServers: string;
  controllerEnv?: Readonly<Record<string, string>>;
}): Promise<DataPlane> {
  await using stack = new AsyncDisposableStack();
  const manifests = stack.use(await manifestsFolder());
  const scratch = await mkdtemp(join(tmpdir(), 'eventing-kafka-nodes-'));
  stack.defer(() => rm(scratch, { recursive: true, force: true }));

  // Suites start dispatchers later, when the stack of this function is no more.
  const processes = stack.use(new AsyncDisposableStack());
  const contract = `127.0.0.1:${await freePort()}`;
  const ingressPort = await freePort();
  const ingressUrl = `http://127.0.0.1:${ingressPort}`;
  const controllerAdminPort = await freePort();
  const common = { INGRESS_HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1', CONTRACT_ADDRESS: contract, LOG_FORMAT: 'json' };

  const startController = async (): Promise<AppProcess> => {
    const app = processes.use(
      startApp('controller', {
        env: {
          ...common,
          MANIFESTS: manifests.path,
          CONTRACT_PORT: contract.split(':')[1] ?? '',
          ADMIN_PORT: String(controllerAdminPort),
          KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
          INGRESS_URL: ingressUrl,
          ...controllerEnv,
        },
      }),
    );
    await becomesReady(app, controllerAdminPort);
    return app;
  };
  const startNode = async (
    name: 'receiver' | 'dispatcher',
    nodeId: string,
    env: Record<string, string>,
  ): Promise<AppProcess> => {
    const adminPort = await freePort();
    const snapshotFile = join(scratch, `${nodeId}.snapshot`);
    const app = processes.use(
      startApp(name, {
        env: {
          ...common,
          ADMIN_PORT: String(adminPort),
          NODE_ID: nodeId,
          CONTRACT_SNAPSHOT_FILE: snapshotFile,
          ...env,
        },
      }),
    );
    await becomesReady(app, adminPort);
    return app;
  };
  const startReceiver = (nodeId: string, port: number): Promise<AppProcess> =>
    startNode('receiver', nodeId, { INGRESS_PORT: String(port) });
  const startFirstReceiver = (): Promise<AppProcess> => startReceiver('receiver-1', ingressPort);

  let controller = await startController();
  let receiver = await startFirstReceiver();

  const status = async (): Promise<readonly ReportedResource[]> => {
    const response = await fetch(`http://127.0.0.1:${controllerAdminPort}/status`);
    const { resources } = (await response.json()) as { readonly resources: readonly ReportedResource[] };
    return resources;
  };
  const owned = stack.move();
  return {
    manifests,
    get controller() {
      return controller;
    },
    get receiver() {
      return receiver;
    },
    ingressUrl,
    startDispatcher: (nodeId) => startNode('dispatcher', nodeId, {}),
    startReceiver,
    async restartController() {
      controller = await startController();
    },
    async restartReceiver() {
      receiver = await startFirstReceiver();
    },
    status,
    async ready(...objects) {
      let last: readonly ReportedResource[] = [];
      await eventually(
        `${objects.join(', ')} become Ready`,
        async () => {
          last = await status();
          return objects.every((object) => last.some((resource) => describes(resource, object) && isReady(resource)));
        },
        readyLimitMs,
      ).catch((error: unknown) => {
        throw new Error(`Not Ready: ${JSON.stringify(last, null, 2)}\n${controller.output}`, { cause: error });
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function describes({ kind, metadata }: ReportedResource, object: string): boolean {
  return `${kind} ${metadata.name}` === object;
}

function isReady({ status }: ReportedResource): boolean {
  return status.conditions.some(({ type, status: truth }) => type === 'Ready' && truth === 'True');
}

/** Waits for 200 from `/readyz`; fails at once, with its output, when the process exits before. */
export async function becomesReady(app: AppProcess, adminPort: number): Promise<void> {
  await eventually(
    `${app.name} is ready`,
    async () => {
      if (!app.running) return 'exited';
      const { status } = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
      return status === 200;
    },
    readyLimitMs,
  )
    .then((outcome) => {
      if (outcome === 'exited') throw new Error(`exit code ${String(app.exitCode)}`);
    })
    .catch((error: unknown) => {
      throw new Error(`${app.name} did not become ready. Its output:\n${app.output}`, { cause: error });
    });
}
