import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../api-client.ts';
import type { ClusterNetwork } from '../cluster-network.ts';
import { followCollection } from '../followed-collection.ts';
import type { ConfigMap, Pod, Secret } from '../kubernetes-objects.ts';
import type { PodWorld } from './container-environment.ts';
import { serveLogs } from './log-server.ts';
import { kubeletPort, registerNode } from './node-object.ts';
import { podBinder } from './pod-binder.ts';
import { PodLife } from './pod-life.ts';
import { machineResources, type NodeRuntime } from './pod-runtime.ts';

/** How often tokens are looked at: they live for ten minutes at least. */
const tokenCheckMs = 20_000;

/** What plays the nodes of a cluster. */
export interface Kubelet extends AsyncDisposable {
  /** The life of a Pod that runs here. */
  find(namespace: string, name: string): PodLife | undefined;
  /** Path of the log of a container, the first unless one is named, of a Pod that runs here or did. */
  logFile(namespace: string, name: string, container?: string): string | undefined;
}

/** Of how many Pods that are gone the logs are found. */
const rememberedPods = 1000;

/**
 * Plays the scheduler and the nodes: takes Pods that have no node, runs their containers as processes, and writes their status.
 *
 * @param folder that of the cluster; the API server's certificate in it serves the logs too
 * @param nodes how many nodes there are; Pods go to them in turn
 */
export async function startKubelet(
  api: ApiClient,
  network: ClusterNetwork,
  folder: string,
  runtime: NodeRuntime,
  nodes: number,
): Promise<Kubelet> {
  await using started = new AsyncDisposableStack();
  const stopped = new AbortController();
  const lives = new Map<string, PodLife>();
  started.defer(async () => {
    stopped.abort();
    await Promise.all([...lives.values()].map((life) => life.kill()));
  });

  const addresses = new Map<string, string>();
  const identity = {
    cert: await readFile(join(folder, 'apiserver.crt')),
    key: await readFile(join(folder, 'apiserver.key')),
  };
  const find = (namespace: string, name: string): PodLife | undefined =>
    [...lives.values()].find(({ pod }) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  const gone = new Map<string, PodLife>();
  const logFile: Kubelet['logFile'] = (namespace, name, container) =>
    (find(namespace, name) ?? gone.get(`${namespace}/${name}`))?.logFile(container);
  for (let index = 0; index < nodes; index++) {
    const name = `node-${index + 1}`;
    const address = network.nodeAddress(index);
    addresses.set(name, address);
    await registerNode(api, name, address);
    started.use(await serveLogs({ host: address, port: kubeletPort }, identity, logFile));
  }

  const { signal } = stopped;
  const refresh = ({ metadata }: ConfigMap | Secret): void => {
    for (const life of lives.values()) if (life.pod.metadata.namespace === metadata.namespace) life.refresh();
  };
  const configMaps = followCollection<ConfigMap>(api, '/api/v1/configmaps', signal, refresh);
  const secrets = followCollection<Secret>(api, '/api/v1/secrets', signal, refresh);
  await Promise.all([configMaps.listed, secrets.listed]);

  const world = (place: PodWorld['place']): PodWorld => ({
    place,
    machine: machineResources,
    configMap: (namespace, name) => configMaps.get(namespace, name),
    secret: (namespace, name) => secrets.get(namespace, name),
  });
  const bind = podBinder(api, [...addresses.keys()], signal);
  let podsSeen = 0;
  followCollection<Pod>(api, '/api/v1/pods', signal, (pod, present) => {
    const { uid, deletionTimestamp } = pod.metadata;
    const known = lives.get(uid);
    if (!present) {
      if (known === undefined) return;
      lives.delete(uid);
      remember(gone, known);
      void known.kill();
    } else if (known !== undefined) {
      known.update(pod);
    } else if (pod.spec.nodeName === undefined) {
      if (deletionTimestamp === undefined) void bind(pod);
    } else {
      const nodeIp = addresses.get(pod.spec.nodeName);
      if (nodeIp === undefined) return;
      const place = { podIp: network.podAddress(podsSeen++), nodeName: pod.spec.nodeName, nodeIp };
      const life = new PodLife(pod, api, runtime, world(place));
      lives.set(uid, life);
      life.start();
      life.update(pod);
    }
  });
  const timer = setInterval(() => lives.forEach((life) => life.refresh()), tokenCheckMs).unref();
  started.defer(() => clearInterval(timer));

  const running = started.move();
  return { find, logFile, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

function remember(gone: Map<string, PodLife>, life: PodLife): void {
  const { namespace, name } = life.pod.metadata;
  gone.set(`${namespace}/${name}`, life);
  const [oldest] = gone.keys();
  if (gone.size > rememberedPods && oldest !== undefined) gone.delete(oldest);
}
