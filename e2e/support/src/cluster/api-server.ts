import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { ClusterError } from './cluster-error.ts';
import { makeClusterFolder } from './cluster-folder.ts';
import { claimClusterNetwork, type ClusterNetwork } from './cluster-network.ts';
import { type CommandOptions, runCommand } from './command.ts';
import { type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts';
import { clusterPrograms, type ClusterPrograms, helmProgram } from './programs.ts';

/** A Kubernetes API server with the controllers of {@link startControlPlane}, and the commands to use it. */
export interface ApiServer extends AsyncDisposable {
  /** Path of a kubeconfig file of an administrator. */
  readonly kubeconfig: string;
  /** URL of the API server; empty when the cluster is the user's. */
  readonly server: string;
  /** Runs `kubectl` and gives what it wrote to its standard output. @throws ClusterError `CLUSTER_COMMAND_FAILED` */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Runs `helm` and gives what it wrote to its standard output; built when it is first used. @throws ClusterError `CLUSTER_COMMAND_FAILED` */
  helm(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Kills the API server, as an outage does. @throws ClusterError `CLUSTER_NOT_OURS` */
  stopApiServer(): Promise<void>;
  /** Starts it again with the same data. @throws ClusterError `CLUSTER_NOT_OURS` */
  restartApiServer(): Promise<void>;
}

/** Its presence says that a cluster of `KUBECONFIG` is there for tests. */
export const consentNamespace = 'eventing-kafka-e2e';

/** What a cluster of ours is made of, for the parts that play its nodes. */
export interface OwnApiServer extends ApiServer {
  readonly folder: string;
  readonly network: ClusterNetwork;
  readonly controlPlane: ControlPlane;
}

/**
 * The cluster named by `KUBECONFIG`, left as it is at the end, or an API server and controller manager started now and killed when they
 * are disposed, or when this process ends in whatever way.
 *
 * Suites create and delete as they like, and `KUBECONFIG` often names a cluster that people work on: such a cluster is only used when it has
 * the namespace {@link consentNamespace}.
 *
 * @throws ClusterError with a remedy in its message, when the programs cannot be found or built, or do not start
 */
export async function startApiServer(env: NodeJS.ProcessEnv = process.env): Promise<ApiServer> {
  const kubeconfig = env['KUBECONFIG'];
  return kubeconfig === undefined || kubeconfig === '' ? startOwnApiServer(env) : userCluster(kubeconfig, env);
}

/** Starts an API server of ours, whatever the environment names. */
export async function startOwnApiServer(env: NodeJS.ProcessEnv = process.env): Promise<OwnApiServer> {
  const programs = await clusterPrograms(env);
  await using started = new AsyncDisposableStack();
  const folder = await makeClusterFolder();
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const network = started.use(await claimClusterNetwork());
  const controlPlane = started.use(await startControlPlane(folder, network, programs));
  const kubeconfig = join(folder, 'kubeconfig');
  const { server, certificateAuthority, adminToken: token } = controlPlane;
  await writeFile(kubeconfig, kubeconfigOf({ server, certificateAuthority, token }), { mode: 0o600 });
  const commands = await commandsOn(kubeconfig, join(folder, 'home'), env, programs);
  const running = started.move();
  return {
    ...commands,
    kubeconfig,
    server,
    folder,
    network,
    controlPlane,
    stopApiServer: () => controlPlane.stopApiServer(),
    restartApiServer: () => controlPlane.restartApiServer(),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

async function userCluster(kubeconfig: string, env: NodeJS.ProcessEnv): Promise<ApiServer> {
  await access(kubeconfig).catch((cause: unknown) => {
    throw new ClusterError('CLUSTER_START_FAILED', `KUBECONFIG names ${kubeconfig}, which cannot be read`, {
      cause,
    });
  });
  const folder = await makeClusterFolder();
  const commands = await commandsOn(kubeconfig, folder, env);
  await checkConsent(commands).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const notOurs = (): Promise<never> =>
    Promise.reject(
      new ClusterError('CLUSTER_NOT_OURS', 'The API server of KUBECONFIG is not stopped or started by a suite'),
    );
  return {
    ...commands,
    kubeconfig,
    server: '',
    stopApiServer: notOurs,
    restartApiServer: notOurs,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function checkConsent({ kubectl }: Pick<ApiServer, 'kubectl'>): Promise<void> {
  const found = await kubectl(['get', 'namespace', consentNamespace, '--ignore-not-found', '--output=name']);
  if (found.trim() !== '') return;
  throw new ClusterError(
    'CLUSTER_NOT_OURS',
    `KUBECONFIG names a cluster that is not marked as one for tests, and suites create and delete as they like. If it is one: kubectl create namespace ${consentNamespace}; if not: unset KUBECONFIG, and a cluster is started for the suite`,
  );
}

/** `kubectl` and `helm` that see this cluster, and no configuration or cache of the user's. */
async function commandsOn(
  kubeconfig: string,
  home: string,
  env: NodeJS.ProcessEnv,
  programs?: ClusterPrograms,
): Promise<Pick<ApiServer, 'kubectl' | 'helm'>> {
  await mkdir(home, { recursive: true });
  // A user's own cluster is reached with the user's kubectl, which may log in by plugins of the user's path and home.
  const kubectl = programs?.kubectl ?? 'kubectl';
  const path = programs === undefined ? (env['PATH'] ?? '') : [dirname(kubectl), env['PATH'] ?? ''].join(delimiter);
  const variables = {
    PATH: path,
    HOME: programs === undefined ? (env['HOME'] ?? home) : home,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(home, 'kube-cache'),
    HELM_CACHE_HOME: join(home, 'helm-cache'),
    HELM_CONFIG_HOME: join(home, 'helm-config'),
    HELM_DATA_HOME: join(home, 'helm-data'),
  };
  return {
    kubectl: (args, options) => runCommand([kubectl, ...args], variables, options),
    helm: async (args, options) => runCommand([await helmProgram(), ...args], variables, options),
  };
}
