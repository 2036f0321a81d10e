import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAuthority, issueCertificate } from '@eventing-kafka/certificates';
import { eventually } from '../eventually.ts';
import { isClusterError } from './cluster-error.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { clusterPrograms } from './programs.ts';
import { forwardToAnnotation } from './services/service-routes.ts';

/** A server that tells who and where it is, and what it sees of its volumes and variables. */
const serverSource = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
const answers = {
  '/': () => ({ pod: hostname(), greeting: process.env.GREETING, pid: process.pid }),
  '/word': () => readFileSync('/etc/words/word', 'utf8'),
  '/fetch': async (query) => {
    const answer = await fetch(query.get('url')).catch((error) => error.cause);
    return answer instanceof Response ? answer.json() : answer.code;
  },
};
process.on('SIGTERM', () => { console.log('asked to end'); process.exit(0); });
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://pod');
  response.end(JSON.stringify(await answers[pathname](searchParams)));
}).listen(8080, () => console.log('listening'));
`;

const namespace = 'shop';

const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  named('v1', 'ConfigMap', 'code', { data: { 'server.mjs': serverSource } }),
  named('v1', 'Secret', 'words', { stringData: { word: 'first' } }),
  named('v1', 'Service', 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] } }),
  named('v1', 'Service', 'nobody', { spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] } }),
  named('apps/v1', 'Deployment', 'web', {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: podSpec() },
    },
  }),
];

function named(apiVersion: string, kind: string, name: string, rest: object): object {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest };
}

/** A Service that leads to a port of the test. */
function forwarded(name: string, port: object, to: number): object {
  const annotations = { [forwardToAnnotation]: `127.0.0.1:${to}` };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, annotations }, spec: { ports: [port] } };
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Whether a process runs that was started with this text on its command line. */
async function isRunning(text: string): Promise<boolean> {
  for (const pid of await readdir('/proc')) {
    const commandLine = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
    if (commandLine.includes(text)) return true;
  }
  return false;
}

function podSpec(): object {
  return {
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: 'web',
        image: 'node:24',
        command: ['node', '/code/server.mjs'],
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'GREETING', value: 'hello from $(POD_NAME)' },
        ],
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
        volumeMounts: [
          { name: 'code', mountPath: '/code' },
          { name: 'words', mountPath: '/etc/words', readOnly: true },
        ],
        securityContext: { readOnlyRootFilesystem: true },
      },
    ],
    volumes: [
      { name: 'code', configMap: { name: 'code' } },
      { name: 'words', secret: { secretName: 'words' } },
    ],
  };
}

interface Identity {
  readonly pod: string;
  readonly greeting: string;
  readonly pid: number;
}

describe('the test cluster', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  let address: string;

  /** A connection each time, or one Pod would answer everything. */
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://${address}${path}`, { headers: { connection: 'close' } });
    return (await answer.json()) as T;
  };
  const apply = (...what: readonly object[]): Promise<string> =>
    cluster.kubectl(['apply', '-f', '-'], { stdin: what.map((object) => JSON.stringify(object)).join('\n---\n') });
  const read = async <T>(kind: string, name: string): Promise<T> =>
    JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json'])) as T;
  const pods = async (): Promise<string[]> => {
    const names = await cluster.kubectl(['get', 'pods', '-n', namespace, '-l', 'app=web', '-o', 'name']);
    return names.trim().split('\n').filter(Boolean);
  };
  const available = (): Promise<string> =>
    cluster.kubectl(['rollout', 'status', '-n', namespace, 'deployment/web', '--timeout=60s']);

  before(async () => {
    cluster = await startCluster();
    await apply(...objects);
    await available();
    address = await cluster.serviceAddress(namespace, 'web');
  });
  after(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  test('a Deployment is reached through the address of its Service, its Pods in turn', async () => {
    const answers = [await get<Identity>('/'), await get<Identity>('/')];
    assert.equal(new Set(answers.map(({ pod }) => pod)).size, 2);
    assert.equal(answers[0]!.greeting, `hello from ${answers[0]!.pod}`);
  });

  for (const name of ['web', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local']) {
    test(`a Pod reaches a Service by the name ${name}`, async () => {
      const { pod } = await get<Identity>(`/fetch?url=http://${name}/`);
      assert.match(pod, /^web-/);
    });
  }

  test('a name of no Service does not exist', async () => {
    assert.equal(await get('/fetch?url=http://other.shop.svc/'), 'ENOTFOUND');
  });

  test('a Service without a ready Pod refuses connections', async () => {
    assert.equal(await get('/fetch?url=http://nobody/'), 'ECONNREFUSED');
  });

  test('a changed Secret is seen in the volume of a running Pod', async () => {
    assert.equal(await get('/word'), 'first');
    await apply(named('v1', 'Secret', 'words', { stringData: { word: 'second' } }));
    await eventually('the new word', async () => (await get('/word')) === 'second');
  });

  test('a killed container is started again and counted, and its Pod stays', async () => {
    const { pod, pid } = await get<Identity>('/');
    cluster.killPod(namespace, pod);
    const status = await eventually('the restart', async () => {
      const { status } = await read<{
        status: { containerStatuses: [{ restartCount: number; ready: boolean; lastState: object }] };
      }>('pod', pod);
      const [container] = status.containerStatuses;
      return container.restartCount === 1 && container.ready ? container : undefined;
    });
    assert.partialDeepStrictEqual(status.lastState, { terminated: { exitCode: 137, signal: 9 } });
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  test('kubectl logs shows what a container wrote', async () => {
    const [pod = ''] = await pods();
    assert.match(await cluster.kubectl(['logs', '-n', namespace, pod]), /listening/);
  });

  test('a deleted Pod is asked to end, and another one takes its place', async () => {
    const [pod = ''] = await pods();
    const name = pod.replace('pod/', '');
    const log = cluster.logs(namespace, name);
    assert.match(await log, /listening/);
    await cluster.kubectl(['delete', '-n', namespace, pod, '--timeout=10s']);
    await available();
    assert.ok(!(await pods()).includes(pod));
    assert.throws(
      () => cluster.killPod(namespace, name),
      (error) => isClusterError(error, 'CLUSTER_API_FAILED'),
    );
  });

  test('a Job runs to its end, with the token of its ServiceAccount', async () => {
    const script = `
      const { readFileSync } = await import('node:fs');
      const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const token = readFileSync(folder + 'token', 'utf8');
      const { sub } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
      const version = await fetch('https://kubernetes.default.svc/version', { headers: { authorization: 'Bearer ' + token } });
      console.log(sub, (await version.json()).gitVersion);`;
    const container = {
      name: 'job',
      image: 'node:24',
      command: ['node', '--input-type=module', '-e', script],
      env: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' }],
    };
    const template = { spec: { restartPolicy: 'Never', containers: [container] } };
    await apply(named('batch/v1', 'Job', 'once', { spec: { template } }));
    await cluster.kubectl(['wait', '-n', namespace, 'job/once', '--for=condition=Complete', '--timeout=20s']);
    assert.match(
      await cluster.kubectl(['logs', '-n', namespace, 'job/once']),
      /^system:serviceaccount:shop:default v1\.\d+\.\d+/,
    );
  });

  test('a Pod waits for the Secret it names, and says so', async () => {
    const env = [{ name: 'WORD', valueFrom: { secretKeyRef: { name: 'late', key: 'word' } } }];
    const container = { name: 'c', image: 'any', command: ['sh', '-c', 'echo "$WORD"'], env };
    await apply(named('v1', 'Pod', 'waiting', { spec: { restartPolicy: 'Never', containers: [container] } }));
    const waiting = '{.status.containerStatuses[0].state.waiting}';
    const state = await eventually('it says why it waits', async () => {
      const text = await cluster.kubectl(['get', 'pod', '-n', namespace, 'waiting', '-o', `jsonpath=${waiting}`]);
      return text.includes('secret') && text;
    });
    assert.match(state, /secret .*late.* not found.*CreateContainerConfigError/);
    await apply(named('v1', 'Secret', 'late', { stringData: { word: 'better late' } }));
    await cluster.kubectl([
      'wait',
      '-n',
      namespace,
      'pod/waiting',
      '--for=jsonpath={.status.phase}=Succeeded',
      '--timeout=20s',
    ]);
    assert.equal(await cluster.logs(namespace, 'waiting'), 'better late\n');
  });

  test('the API server reaches an admission webhook through its Service', async () => {
    const now = new Date();
    const authority = await createAuthority({ commonName: 'webhook', validForMs: 3_600_000, now });
    const dnsNames = [`webhook.${namespace}.svc`];
    const leaf = await issueCertificate(authority, { dnsNames, usages: ['server'], validForMs: 3_600_000, now });
    const refuse: RequestListener = (request, response) => {
      void json(request).then((review) => {
        const { uid } = (review as { request: { uid: string } }).request;
        const answer = { uid, allowed: false, status: { message: 'not on my watch' } };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
      });
    };
    await using server = await listening(createTlsServer({ cert: leaf.certificate, key: leaf.privateKey }, refuse));
    await apply(
      forwarded('webhook', { port: 443 }, server.port),
      named('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'refuses', {
        webhooks: [
          {
            name: 'refuses.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            clientConfig: {
              service: { namespace, name: 'webhook' },
              caBundle: Buffer.from(authority.certificate).toString('base64'),
            },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          },
        ],
      }),
    );
    await eventually('it refuses', async () => {
      const attempt = cluster.kubectl(['create', 'configmap', 'x', '-n', namespace, '--dry-run=server']);
      return attempt.then(
        () => false,
        (error: unknown) => String(error).includes('not on my watch'),
      );
    });
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'refuses']);
  });

  test('a Service with our annotation leads to a program of the test', async () => {
    await using own = await listening(createServer((_request, response) => void response.end('"from the test"')));
    await apply(forwarded('outside', { port: 80 }, own.port));
    await eventually('the answer', async () => (await get('/fetch?url=http://outside/')) === 'from the test');
  });

  test('Pods serve and restart while the API server is away, and are told of when it is back', async () => {
    await cluster.stopApiServer();
    await assert.rejects(cluster.kubectl(['get', 'pods']), (error) => isClusterError(error, 'CLUSTER_COMMAND_FAILED'));
    const { pod, pid } = await get<Identity>('/');
    cluster.killPod(namespace, pod);
    await eventually('another process answers for it', async () => {
      const answer = await get<Identity>('/');
      return answer.pod === pod && answer.pid !== pid;
    });
    await cluster.restartApiServer();
    await eventually('the restart is in its status', async () => {
      const { status } = await read<{ status: { containerStatuses: [{ restartCount: number }] } }>('pod', pod);
      return status.containerStatuses[0].restartCount > 0;
    });
  });

  test('a cluster of the user is used as it is, and its processes are not ours to kill', async () => {
    const { kubectl } = await clusterPrograms();
    const env = { KUBECONFIG: cluster.kubeconfig, PATH: dirname(kubectl) };
    const isNotOurs = (error: unknown): boolean => isClusterError(error, 'CLUSTER_NOT_OURS');
    await assert.rejects(startCluster({ env }), isNotOurs, 'it is not marked as one for tests');
    await cluster.kubectl(['create', 'namespace', 'eventing-kafka-e2e']);
    await using theirs = await startCluster({ env });
    assert.equal(theirs.own, false);
    assert.match(await theirs.kubectl(['get', 'namespace', namespace, '-o', 'name']), /shop/);
    assert.throws(() => theirs.killPod(namespace, 'web'), isNotOurs);
    await assert.rejects(theirs.stopApiServer(), isNotOurs);
  });

  test('a deleted Deployment takes its ReplicaSets and Pods along, a deleted namespace everything', async () => {
    await cluster.kubectl(['delete', 'deployment', 'web', '-n', namespace]);
    await eventually('no Pods of it', async () => (await pods()).length === 0);
    await cluster.kubectl(['delete', 'namespace', namespace, '--timeout=30s']);
  });
});

test(
  'what a cluster started ends with the process that started it, however that ends',
  { timeout: 60_000 },
  async () => {
    const script = `
    const { startCluster } = await import('./cluster.ts');
    const cluster = await startCluster();
    const container = { name: 'c', image: 'any', command: ['sh', '-c', 'echo started; exec sleep 1234567'] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [container] } };
    await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(pod) });
    await cluster.kubectl(['wait', 'pod/p', '--for=condition=Ready', '--timeout=20s']);
    console.log(cluster.folder);
    setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--conditions=@eventing-kafka/source', '--input-type=module', '-e', script],
      {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [folder] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    assert.ok(await isRunning(folder.trim()));
    assert.ok(await isRunning('sleep\x001234567'));
    child.kill('SIGKILL');
    await eventually('nothing of it runs', async () => !(await isRunning(folder.trim())));
    await rm(folder.trim(), { recursive: true });
    await eventually('its Pod is gone', async () => !(await isRunning('sleep\x001234567')));
  },
);
