import type { ApiClient } from '../api-client.ts';
import { machineResources } from './pod-runtime.ts';

/** Where a node serves the logs of its Pods. */
export const kubeletPort = 10_250;

/** Makes the Node object of a node that is ready for any Pod. */
export async function registerNode(api: ApiClient, name: string, address: string): Promise<void> {
  await api.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': name },
    },
  });
  const now = new Date().toISOString();
  const resources = { cpu: String(machineResources.cpu), memory: String(machineResources.memory), pods: '1000' };
  await api.strategicPatch(`/api/v1/nodes/${name}/status`, {
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now },
      ],
    },
  });
}
