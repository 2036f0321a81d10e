/**
 * A cluster for a person to play with: `npx nx run e2e-support:cluster`. It has a Kafka and our chart, unless told `--empty`, and runs until Ctrl-C.
 *
 * `KAFKA_BOOTSTRAP_SERVERS` names a Kafka to use in place of one started here.
 */
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { suiteKafka } from '../kafka.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { isClusterError } from './cluster-error.ts';
import { clusterPrograms, helmProgram } from './programs.ts';

const chart = resolve(import.meta.dirname, '../../../../tools/helm/eventing-kafka');
const namespace = 'knative-eventing';

const { values } = parseArgs({ options: { empty: { type: 'boolean', default: false } } });
const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());

try {
  await using cluster = await startCluster();
  if (values.empty) {
    await sayAndWait(cluster, []);
  } else {
    await using kafka = await suiteKafka();
    await install(cluster, kafka.bootstrapServers);
    const ingress = await cluster.serviceAddress(namespace, 'kafka-broker-ingress');
    await sayAndWait(cluster, [
      `# Kafka: ${kafka.bootstrapServers}. Brokers are reached from here too: http://${ingress}/<namespace>/<broker>`,
      `kubectl get pods -n ${namespace}`,
      `helm get notes eventing-kafka -n ${namespace}`,
    ]);
  }
} catch (error) {
  if (ended.signal.aborted) process.exitCode = 130;
  else if (!isClusterError(error)) throw error;
  else {
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function install(cluster: Cluster, bootstrapServers: string): Promise<void> {
  const settings = [
    `kafka.bootstrapServers=${bootstrapServers.replaceAll(',', String.raw`\,`)}`,
    'kafka.replicationFactor=1',
    ...['controller', 'receiver', 'sinkReceiver', 'dispatcher'].map((part) => `${part}.replicas=1`),
    // Pods and Services of this cluster have loopback addresses.
    'dispatcher.extraEnv[0].name=ALLOWED_DESTINATION_CIDRS',
    'dispatcher.extraEnv[0].value=127.0.0.0/8',
  ];
  const flags = settings.flatMap((setting) => ['--set', setting]);
  await cluster.helm(['install', 'eventing-kafka', chart, '-n', namespace, '--create-namespace', ...flags]);
  console.log('the chart is installed; waiting for its Pods');
  await cluster
    .kubectl(['rollout', 'status', '-n', namespace, 'deployment', '--timeout=60s'])
    .catch((error: unknown) => console.error(`not all of it is ready: ${String(error)}`));
}

async function sayAndWait(cluster: Cluster, more: readonly string[]): Promise<void> {
  const programs = [(await clusterPrograms()).kubectl, await helmProgram()].map((program) => dirname(program));
  console.log(
    [
      '',
      'The cluster runs. In another terminal:',
      '',
      `export KUBECONFIG=${cluster.kubeconfig} PATH=${[...new Set(programs)].join(':')}:$PATH`,
      ...more,
      '',
      `Logs of the control plane are in ${cluster.folder}. Ctrl-C ends it all.`,
    ].join('\n'),
  );
  // A signal keeps no process alive.
  const alive = setInterval(() => undefined, 1 << 30);
  if (!ended.signal.aborted) await once(ended.signal, 'abort');
  clearInterval(alive);
}
