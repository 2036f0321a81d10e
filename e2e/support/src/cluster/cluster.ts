import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { extname, join } from 'node:path';
import { eventually } from '../eventually.ts';
import { ApiClient } from './api-client.ts';
import { type ApiServer, type OwnApiServer, startApiServer, startOwnApiServer } from './api-server.ts';
import { ClusterError } from './cluster-error.ts';
import type { Images } from './kubelet/images.ts';
import { type Kubelet, startKubelet } from './kubelet/kubelet.ts';
import type { PodLife } from './kubelet/pod-life.ts';
import { serviceAccountTokens } from './kubelet/service-account-tokens.ts';
import type { Service } from './kubernetes-objects.ts';
import { startSupervised } from './supervised-process.ts';

/** How a cluster is played. */
export interface ClusterOptions {
  /** Says which program an image stands for; what it leaves open is this repository's image, or the command of the container. */
  readonly images?: Images;
  /** How many nodes there are, 1 unless told. Pods go to them in turn. */
  readonly nodes?: number;
  /** Where `KUBECONFIG` and the other variables are read. */
  readonly env?: NodeJS.ProcessEnv;
}

/** An API server with nodes that run Pods, and Services that lead to them. */
export interface Cluster extends ApiServer {
  /** Whether it was started here; false for the cluster of `KUBECONFIG`, where some of the following refuse. */
  readonly own: boolean;
  /**
   * Sends a signal to the processes of a Pod's containers, SIGKILL unless told, or of one container. The Pod notices as it would notice a crash.
   *
   * @throws ClusterError `CLUSTER_NOT_OURS`
   */
  killPod(namespace: string, name: string, signal?: NodeJS.Signals, container?: string): void;
  /** What a container wrote, over all its restarts, and when its Pod is gone too; the first container unless one is named. @throws ClusterError `CLUSTER_NOT_OURS` */
  logs(namespace: string, name: string, container?: string): Promise<string>;
  /** The address of a Service, which is reached from the test as from Pods. @throws ClusterError `CLUSTER_NOT_OURS` */
  serviceAddress(namespace: string, name: string): Promise<string>;
  /** The folder with the logs of the control plane, removed at the end. @throws ClusterError `CLUSTER_NOT_OURS` */
  readonly folder: string;
}

/**
 * The cluster of `KUBECONFIG`, or one of our own: the API server of {@link startApiServer}, with nodes whose Pods are processes of this machine.
 *
 * @throws ClusterError with a remedy in its message
 */
export async function startCluster({ images, nodes = 1, env = process.env }: ClusterOptions = {}): Promise<Cluster> {
  if ((env['KUBECONFIG'] ?? '') !== '') return userCluster(await startApiServer(env));
  await checkPrivileges();
  await using started = new AsyncDisposableStack();
  const server = started.use(await startOwnApiServer(env));
  const { folder, network, controlPlane } = server;
  const api = started.use(
    new ApiClient({
      server: server.server,
      certificateAuthority: controlPlane.certificateAuthority,
      token: controlPlane.adminToken,
    }),
  );
  const namesFolder = join(folder, 'names');
  const pods = join(folder, 'pods');
  await mkdir(pods);
  const runtime = {
    folder: pods,
    namesFolder,
    apiServerAddress: network.apiServerAddress,
    images: images ?? (() => undefined),
    tokens: serviceAccountTokens(api),
  };
  const [kubelet, services] = await Promise.allSettled([
    startKubelet(api, network, folder, runtime, nodes).then((kubelet) => started.use(kubelet)),
    startServices(server, namesFolder).then((services) => started.use(services)),
  ]);
  // Both are waited for, so that what did start is stopped when the other did not.
  if (kubelet.status === 'rejected') throw kubelet.reason;
  if (services.status === 'rejected') throw services.reason;
  const runningPods = kubelet.value;
  const running = started.move();
  return {
    ...server,
    own: true,
    killPod: (namespace, name, signal = 'SIGKILL', container) =>
      lifeOf(runningPods, namespace, name).signal(signal, container),
    logs: async (namespace, name, container) => {
      const file = runningPods.logFile(namespace, name, container);
      if (file === undefined) throw noSuchPod(namespace, name);
      // It has not written anything yet.
      return existsSync(file) ? readFile(file, 'utf8') : '';
    },
    serviceAddress: async (namespace, name) => {
      const { spec } = await api.get<Service>(`/api/v1/namespaces/${namespace}/services/${name}`);
      return spec.clusterIP ?? '';
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

function lifeOf(kubelet: Kubelet, namespace: string, name: string): PodLife {
  const life = kubelet.find(namespace, name);
  if (life !== undefined) return life;
  throw noSuchPod(namespace, name);
}

function noSuchPod(namespace: string, name: string): ClusterError {
  return new ClusterError('CLUSTER_API_FAILED', `No Pod ${namespace}/${name} runs here`, { status: 404 });
}

/** Starts the process that listens on the addresses of Services, and waits until it does. */
async function startServices(
  { folder, server, network, controlPlane }: OwnApiServer,
  namesFolder: string,
): Promise<AsyncDisposable> {
  const main = join(import.meta.dirname, `services/main${extname(import.meta.filename)}`);
  const services = await startSupervised('services', [process.execPath, main], {
    logFile: join(folder, 'services.log'),
    env: {
      CLUSTER_SERVER: server,
      CLUSTER_CA_FILE: join(folder, 'apiserver.crt'),
      CLUSTER_TOKEN: controlPlane.adminToken,
      CLUSTER_NAMES: namesFolder,
    },
  });
  const state = await eventually('the Service kubernetes accepts connections', async () => {
    if (!services.running) return 'ended';
    const socket = connect({ host: network.apiServerAddress, port: 443 });
    await once(socket, 'connect');
    socket.destroy();
    return 'listening';
  });
  if (state === 'listening') return services;
  throw new ClusterError('CLUSTER_START_FAILED', `The proxy of Services ended:\n${services.lastLines()}`);
}

/** Fails now, and with a remedy, where Pods would fail later without one. */
async function checkPrivileges(): Promise<void> {
  const remedy =
    'run the suite as root (in a container: with CAP_SYS_ADMIN), or set KUBECONFIG to a cluster that runs; startApiServer() needs neither';
  const unshare = spawn('unshare', ['--mount', '--uts', 'true'], { stdio: 'ignore' });
  const code = await once(unshare, 'exit').then(
    ([exit]) => exit as number | null,
    () => null,
  );
  if (code !== 0)
    throw new ClusterError('CLUSTER_UNSUPPORTED', `Pods need file systems of their own (unshare): ${remedy}`);
  const server = createServer().listen({ host: '127.99.0.1', port: 80 });
  await once(server, 'listening').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return;
    throw new ClusterError('CLUSTER_UNSUPPORTED', `Services listen on ports like 80: ${remedy}`, { cause });
  });
  server.close();
}

function userCluster(server: ApiServer): Cluster {
  const refuse = (what: string): never => {
    throw new ClusterError(
      'CLUSTER_NOT_OURS',
      `${what} needs a cluster that was started here; KUBECONFIG names one that was not`,
    );
  };
  return {
    ...server,
    own: false,
    get folder() {
      return refuse('The folder of the control plane');
    },
    killPod: () => refuse('Killing the process of a Pod'),
    logs: (namespace, name, container) =>
      server.kubectl(['logs', '-n', namespace, name, ...(container === undefined ? [] : ['-c', container])]),
    serviceAddress: () => refuse('Reaching a Service from outside'),
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
