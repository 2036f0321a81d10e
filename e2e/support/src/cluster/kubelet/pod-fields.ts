import type { Container, Pod } from '../kubernetes-objects.ts';

/** What the downward API tells of a Pod that is not in its object. */
export interface PodPlace {
  readonly podIp: string;
  readonly nodeName: string;
  readonly nodeIp: string;
}

/**
 * The value of a field of a Pod, as `fieldRef` names it.
 *
 * @throws Error when it names a field that the downward API does not have
 */
export function podField(pod: Pod, path: string, place: PodPlace): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
    case 'metadata.annotations':
      return asLines(pod.metadata[path.slice('metadata.'.length) as 'labels' | 'annotations'] ?? {});
    case 'spec.nodeName':
      return place.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.nodeIp;
    case 'status.podIP':
    case 'status.podIPs':
      return place.podIp;
    default:
      throw new Error(`fieldRef ${path} is no field of the downward API`);
  }
}

/**
 * The value of a resource of a container, as `resourceFieldRef` names it: a limit that is not set is the whole machine, a request that is
 * not set is the limit.
 */
export function resourceField(
  container: Container,
  resource: string,
  divisor: string,
  machine: Readonly<Record<string, number>>,
): string {
  const [kind = '', name = ''] = resource.split('.', 2);
  const { limits, requests } = container.resources ?? {};
  const text = kind === 'requests' ? (requests?.[name] ?? limits?.[name]) : limits?.[name];
  const amount = text === undefined ? (kind === 'limits' ? machine[name] : 0) : quantity(text);
  if (amount === undefined) throw new Error(`resourceFieldRef ${resource} is no resource of a container`);
  const unit = divisor === '' || divisor === '0' ? 1 : quantity(divisor);
  return String(Math.ceil(amount / unit));
}

const binaryUnits = 'KMGTPE';
const decimalUnits: Readonly<Record<string, number>> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };

/** The number that a Kubernetes quantity stands for: `500m`, `1Gi`, `2`, `1e3`. */
export function quantity(text: string): number {
  const [, digits, unit = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${text} is no quantity`);
  const factor = unit.endsWith('i') ? 1024 ** (1 + binaryUnits.indexOf(unit.charAt(0))) : (decimalUnits[unit] ?? 1);
  return Number(digits) * factor;
}

function asLines(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}
