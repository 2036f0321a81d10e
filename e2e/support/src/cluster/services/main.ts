/**
 * Plays kube-proxy and the cluster's DNS: listens on the addresses of Services, and keeps a file with their names for each namespace. It is a process
 * of its own, so that thousands of connections do not slow the test that makes them.
 *
 * Environment: `CLUSTER_SERVER`, `CLUSTER_CA_FILE`, `CLUSTER_TOKEN` say how to reach the API server, `CLUSTER_NAMES` where the files go.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../api-client.ts';
import { followCollection } from '../followed-collection.ts';
import type { KubernetesObject, Pod, Service } from '../kubernetes-objects.ts';
import { hostNames } from './host-names.ts';
import { serviceListeners } from './service-listeners.ts';
import { serviceRoutes } from './service-routes.ts';

const { CLUSTER_SERVER: server = '', CLUSTER_CA_FILE: caFile = '', CLUSTER_TOKEN: token = '' } = process.env;
const names = process.env['CLUSTER_NAMES'] ?? '';

const api = new ApiClient({ server, token, certificateAuthority: readFileSync(caFile, 'utf8') });
const { hostname: host, port } = new URL(server);
const apiServer = { host, port: Number(port) };
const listeners = serviceListeners(report);
const signal = new AbortController().signal;
const written = new Map<string, string>();
// Nothing is known before everything was listed, and many objects change at once.
let due = true;

const services = followCollection<Service>(api, '/api/v1/services', signal, changed);
const pods = followCollection<Pod>(api, '/api/v1/pods', signal, changed);
const namespaces = followCollection<KubernetesObject>(api, '/api/v1/namespaces', signal, changed);
await Promise.all([services.listed, pods.listed, namespaces.listed]);
apply();

function changed(): void {
  if (due) return;
  due = true;
  setImmediate(apply);
}

function apply(): void {
  due = false;
  const { targets, addresses } = serviceRoutes(services.values(), pods.values(), apiServer);
  const present = new Set<string>();
  for (const { metadata } of namespaces.values()) {
    present.add(metadata.name);
    writeNames(metadata.name, hostNames(addresses, metadata.name));
  }
  for (const namespace of written.keys()) {
    if (!present.has(namespace)) forgetNames(namespace);
  }
  listeners.apply(targets);
}

function writeNames(namespace: string, text: string): void {
  if (written.get(namespace) === text) return;
  mkdirSync(names, { recursive: true });
  const file = join(names, namespace);
  // Renamed, so that nobody reads half of it.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  written.set(namespace, text);
}

function forgetNames(namespace: string): void {
  rmSync(join(names, namespace), { force: true });
  written.delete(namespace);
}

function report(message: string): void {
  console.error(message);
}
