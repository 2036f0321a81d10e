import type { Pod, Service, ServicePort } from '../kubernetes-objects.ts';

/** Where connections go. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What the Services of a cluster mean at this moment. */
export interface ServiceRoutes {
  /** Targets by the address that is listened on, `127.100.3.4:80`; no target means that connections are refused. */
  readonly targets: ReadonlyMap<string, readonly Target[]>;
  /** Addresses by namespace and name of a Service. */
  readonly addresses: readonly ServiceAddresses[];
}

/** What the names of a Service stand for. */
export interface ServiceAddresses {
  readonly namespace: string;
  readonly name: string;
  /** The cluster IP, or the addresses of the ready Pods of a headless Service. */
  readonly addresses: readonly string[];
}

/**
 * An annotation of a Service that sends all of its ports to a program on this machine, `127.0.0.1:41234`: a subscriber that a test plays.
 * Endpoints and EndpointSlices, which do this in a cluster, refuse loopback addresses.
 */
export const forwardToAnnotation = 'e2e-support/forward-to';

/**
 * What Services and Pods of a cluster come to: a Service leads to the Pods it selects that are Ready and not being deleted.
 *
 * @param apiServer where the Service `kubernetes` leads to
 */
export function serviceRoutes(services: Iterable<Service>, pods: Iterable<Pod>, apiServer: Target): ServiceRoutes {
  const allPods = [...pods];
  const targets = new Map<string, Target[]>();
  const addresses: ServiceAddresses[] = [];
  for (const service of services) {
    const { clusterIP, ports = [] } = service.spec;
    if (clusterIP === undefined || clusterIP === '') continue;
    const selected = allPods.filter((pod) => serves(pod, service));
    const headless = clusterIP === 'None';
    const { namespace, name } = service.metadata;
    addresses.push({ namespace, name, addresses: headless ? selected.map(podIp) : [clusterIP] });
    if (headless) continue;
    for (const port of ports) {
      if ((port.protocol ?? 'TCP') !== 'TCP') continue;
      targets.set(`${clusterIP}:${port.port}`, fixedTargets(service, apiServer) ?? podTargets(selected, port));
    }
  }
  return { targets, addresses };
}

function serves(pod: Pod, { metadata, spec }: Service): boolean {
  const selector = Object.entries(spec.selector ?? {});
  if (selector.length === 0 || pod.metadata.namespace !== metadata.namespace || podIp(pod) === '') return false;
  if (!selector.every(([label, value]) => pod.metadata.labels?.[label] === value)) return false;
  return spec.publishNotReadyAddresses === true || (isReady(pod) && pod.metadata.deletionTimestamp === undefined);
}

function fixedTargets({ metadata }: Service, apiServer: Target): Target[] | undefined {
  if (metadata.namespace === 'default' && metadata.name === 'kubernetes') return [apiServer];
  const [, host, port] = /^(.+):(\d+)$/.exec(metadata.annotations?.[forwardToAnnotation] ?? '') ?? [];
  return host === undefined ? undefined : [{ host, port: Number(port) }];
}

function podTargets(pods: readonly Pod[], { port, targetPort = port }: ServicePort): Target[] {
  return pods.flatMap((pod) => {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort);
    return number === undefined ? [] : [{ host: podIp(pod), port: number }];
  });
}

function namedPort(pod: Pod, name: string): number | undefined {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name)?.containerPort;
}

function podIp(pod: Pod): string {
  return pod.status?.podIP ?? '';
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
