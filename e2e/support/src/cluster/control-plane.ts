import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { ApiClient } from './api-client.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterNetwork } from './cluster-network.ts';
import type { ClusterPrograms } from './programs.ts';
import { startSupervised, type SupervisedProcess } from './supervised-process.ts';

/** A running etcd, API server and controller manager. Disposing it kills them; its folder may be removed afterwards. */
export interface ControlPlane extends AsyncDisposable {
  /** `https://127.100.0.1:6443`, for the first cluster of a machine. */
  readonly server: string;
  /** Certificate of the authority that signed the API server's certificate, PEM. */
  readonly certificateAuthority: string;
  /** Bearer token of a member of `system:masters`. */
  readonly adminToken: string;
  /** Kills the API server, as an outage does: connections break, new ones are refused. */
  stopApiServer(): Promise<void>;
  /** Starts it again, with the same data, and waits until it is ready. */
  restartApiServer(): Promise<void>;
}

/** Where the API server listens, on an address that nobody else uses. */
const apiServerPort = 6443;

/**
 * What gives Deployments, StatefulSets, Jobs, garbage collection, namespaces, service accounts and their tokens. Left out is what nodes and
 * volumes need, and the endpoints controllers: Pods have loopback addresses here, which Endpoints and EndpointSlices refuse by validation.
 */
const controllers = [
  'clusterrole-aggregation-controller',
  'cronjob-controller',
  'deployment-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'horizontal-pod-autoscaler-controller',
  'job-controller',
  'namespace-controller',
  'replicaset-controller',
  'resourcequota-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
  'ttl-after-finished-controller',
];

/**
 * Starts a control plane in `folder`.
 *
 * @throws ClusterError `CLUSTER_START_FAILED` with the last lines of the log of the part that failed
 */
export async function startControlPlane(
  folder: string,
  network: ClusterNetwork,
  programs: ClusterPrograms,
): Promise<ControlPlane> {
  await using started = new AsyncDisposableStack();
  const address = network.apiServerAddress;
  const adminToken = randomBytes(24).toString('base64url');
  const keys = await writeServiceAccountKeys(folder);
  await writeFile(join(folder, 'tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });

  const start = async (program: string, name: string, args: readonly string[]): Promise<SupervisedProcess> =>
    startSupervised(name, [program, ...args], { logFile: join(folder, `${name}.log`) });

  started.use(await start(programs.etcd, 'etcd', etcdArgs(folder, address)));

  const server = `https://${address}:${apiServerPort}`;
  const caFile = join(folder, 'apiserver.crt');
  const access: AdminAccess = { server, token: adminToken, caFile };
  const startApiServer = async (): Promise<SupervisedProcess> => {
    const process = await start(programs.kubeApiserver, 'kube-apiserver', apiServerArgs(folder, network, keys));
    await readable(process, access, ['/version', '/api/v1/namespaces/default']);
    return process;
  };
  let apiServer = await startApiServer();
  started.defer(() => apiServer[Symbol.asyncDispose]());

  const kubeconfig = join(folder, 'controller-manager.kubeconfig');
  const certificateAuthority = await readFile(caFile, 'utf8');
  await writeFile(kubeconfig, kubeconfigOf({ server, certificateAuthority, token: adminToken }), { mode: 0o600 });
  const controllerManager = started.use(
    await start(programs.kubeControllerManager, 'kube-controller-manager', [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--use-service-account-credentials=false',
      `--service-account-private-key-file=${keys.privateKey}`,
      `--root-ca-file=${caFile}`,
      // Tests wait for what controllers do; the default of 20 requests a second makes them wait for the limit.
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--profiling=false',
    ]),
  );

  // The first thing a Pod needs of the controllers.
  const inDefault = '/api/v1/namespaces/default';
  await readable(controllerManager, access, [
    `${inDefault}/serviceaccounts/default`,
    `${inDefault}/configmaps/kube-root-ca.crt`,
  ]);

  const running = started.move();
  return {
    server,
    certificateAuthority,
    adminToken,
    stopApiServer: async () => apiServer[Symbol.asyncDispose](),
    restartApiServer: async () => {
      await apiServer[Symbol.asyncDispose]();
      apiServer = await startApiServer();
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** A kubeconfig file with one context. */
export function kubeconfigOf(cluster: { server: string; certificateAuthority: string; token: string }): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      clusters: [
        {
          name: 'test',
          cluster: {
            server: cluster.server,
            'certificate-authority-data': Buffer.from(cluster.certificateAuthority).toString('base64'),
          },
        },
      ],
      users: [{ name: 'admin', user: { token: cluster.token } }],
    },
    undefined,
    2,
  );
}

function etcdArgs(folder: string, address: string): string[] {
  const clients = `http://${address}:2379`;
  const peers = `http://${address}:2380`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--log-level=warn',
  ];
}

function apiServerArgs(folder: string, network: ClusterNetwork, keys: ServiceAccountKeys): string[] {
  return [
    `--etcd-servers=http://${network.apiServerAddress}:2379`,
    `--bind-address=${network.apiServerAddress}`,
    `--advertise-address=${network.apiServerAddress}`,
    `--secure-port=${apiServerPort}`,
    // It makes its own certificate there, with itself as the authority.
    `--cert-dir=${folder}`,
    `--service-cluster-ip-range=${network.serviceRange}`,
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${keys.privateKey}`,
    `--service-account-key-file=${keys.publicKey}`,
    '--allow-privileged=true',
    // Node names are known to nobody's DNS.
    '--kubelet-preferred-address-types=InternalIP',
    // Fair queues between users are for clusters with many of them.
    '--enable-priority-and-fairness=false',
    '--profiling=false',
  ];
}

interface AdminAccess {
  readonly server: string;
  readonly token: string;
  /** Written by the API server when it starts. */
  readonly caFile: string;
}

interface ServiceAccountKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

async function writeServiceAccountKeys(folder: string): Promise<ServiceAccountKeys> {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const keys = {
    privateKey: join(folder, 'service-accounts.key'),
    publicKey: join(folder, 'service-accounts.pub'),
  };
  await writeFile(keys.privateKey, pair.privateKey, { mode: 0o600 });
  await writeFile(keys.publicKey, pair.publicKey);
  return keys;
}

/** Waits until these paths of the API server can be read; `process` is the one that makes them so. */
async function readable(process: SupervisedProcess, access: AdminAccess, paths: readonly string[]): Promise<void> {
  const state = await eventually(
    `${process.name} is ready`,
    async () => {
      if (!process.running) return 'ended';
      using api = new ApiClient({ ...access, certificateAuthority: await readFile(access.caFile, 'utf8') });
      for (const path of paths) await api.get(path);
      return 'ready';
    },
    120_000,
  ).catch((cause: unknown) => {
    throw startFailed(process, 'did not become ready', cause);
  });
  if (state === 'ended') throw startFailed(process, 'ended');
}

function startFailed(process: SupervisedProcess, what: string, cause?: unknown): ClusterError {
  const message = `${process.name} ${what}. The end of its log:\n${process.lastLines()}`;
  return new ClusterError('CLUSTER_START_FAILED', message, { cause });
}
