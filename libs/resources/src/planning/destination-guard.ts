import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** Reason of the condition of a destination that events are never sent to. */
export const destinationNotAllowed = 'DestinationNotAllowed';

/** What the guard needs to know beside the URL. */
export interface DestinationGuardOptions {
  /** Whether this machine itself may be a destination: where subscribers run beside us, as on a developer's machine. */
  readonly allowLoopback: boolean;
  /** Domain of Services. */
  readonly clusterDomain: string;
}

/** Names under which clouds answer machines about themselves. */
const metadataHosts: readonly string[] = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
];
/** Addresses of the same outside the link-local ranges. */
const metadataAddresses: readonly string[] = [
  'fd00:ec2::254',
  'fd20:ce::254',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
];

/**
 * The URL, unless it says by itself that it leads where tenants must not reach through us (security 6.4): user names, link-local,
 * metadata, unspecified and multicast addresses, the API server, this machine. Names are not resolved: one that only resolves to such an
 * address passes here, and it is for the network to keep dispatchers from it (in the chart: `networkPolicies.deniedCidrs`).
 *
 * `url` is what {@link URL.parse} made: decimal, octal, hexadecimal and shortened spellings of IPv4, percent-encoding, full-width digits,
 * and upper case are one spelling then.
 */
export function guardedDestination(url: URL, options: DestinationGuardOptions): Outcome<URL> {
  const refused = (what: string): Outcome<URL> =>
    failed(`events are not delivered to ${what}: "${shownUrl(url)}"`, [], destinationNotAllowed);
  if (url.username !== '' || url.password !== '') return refused('a URL with a user name or password');
  const host = url.hostname.replace(/\.+$/, '');
  const problem = host.startsWith('[')
    ? ipv6Problem(host.slice(1, -1))
    : (ipv4Problem(host) ?? nameProblem(host, options));
  if (problem === undefined) return succeeded(url);
  return problem === loopback && options.allowLoopback ? succeeded(url) : refused(problem);
}

const loopback = 'the machine of the dispatcher (loopback)';
const linkLocal = 'link-local addresses, under which clouds serve metadata';
const metadata = 'cloud metadata';
const unspecified = 'the unspecified address';
const multicast = 'multicast and broadcast addresses';

function nameProblem(host: string, { clusterDomain }: DestinationGuardOptions): string | undefined {
  if (host === 'localhost' || host.endsWith('.localhost') || host === 'ip6-localhost' || host === 'ip6-loopback')
    return loopback;
  if (metadataHosts.includes(host)) return metadata;
  const apiServer = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  return apiServer.includes(host) ? 'the API server' : undefined;
}

function ipv4Problem(host: string): string | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return undefined;
  const [a = 0, b = 0] = host.split('.').map(Number);
  if (metadataAddresses.includes(host)) return metadata;
  if (a === 0) return unspecified;
  if (a === 127) return loopback;
  if (a === 169 && b === 254) return linkLocal;
  if (a >= 224 && a <= 239) return multicast;
  return host === '255.255.255.255' ? multicast : undefined;
}

function ipv6Problem(address: string): string | undefined {
  const groups = groupsOf(address);
  const [first = 0] = groups;
  const leading = groups.slice(0, 5).every((group) => group === 0);
  if (leading && groups[5] === 0 && groups[6] === 0) {
    if (groups[7] === 0) return unspecified;
    if (groups[7] === 1) return loopback;
  }
  // ::ffff:a.b.c.d, ::a.b.c.d, 64:ff9b::a.b.c.d and 2002:aabb:ccdd:: lead to the IPv4 address in them.
  const isMapped = leading && (groups[5] === 0xffff || groups[5] === 0);
  const isTranslated = first === 0x64 && groups[1] === 0xff9b;
  if (isMapped || isTranslated) return ipv4Problem(ipv4Text(groups[6] ?? 0, groups[7] ?? 0));
  if (first === 0x2002) return ipv4Problem(ipv4Text(groups[1] ?? 0, groups[2] ?? 0));
  if ((first & 0xffc0) === 0xfe80) return linkLocal;
  if ((first & 0xff00) === 0xff00) return multicast;
  return metadataAddresses.some((known) => known.includes(':') && String(groupsOf(known)) === String(groups))
    ? metadata
    : undefined;
}

/** The eight groups of an address in the one spelling that URLs have. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0), ...after];
}

function ipv4Text(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** Without what must not end up in conditions and logs. */
function shownUrl(url: URL): string {
  const shown = new URL(url);
  if (shown.username !== '') shown.username = '***';
  if (shown.password !== '') shown.password = '***';
  return shown.href.length > 200 ? `${shown.href.slice(0, 200)}…` : shown.href;
}
