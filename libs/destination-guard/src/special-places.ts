import { cidrContains, parseCidr, type Cidr } from './cidr.ts';
import type { IpAddress } from './ip-address.ts';

/** What a host or address is that no subscriber has, for a person. */
export const specialPlaces = {
  loopback: 'the machine of the dispatcher (loopback)',
  linkLocal: 'link-local addresses, under which clouds serve metadata',
  metadata: 'cloud metadata',
  unspecified: 'the unspecified address',
  multicast: 'multicast and broadcast addresses',
  apiServer: 'the API server',
} as const;

/** One of {@link specialPlaces}. */
export type SpecialPlace = keyof typeof specialPlaces;

/** In order: a metadata address may lie in a range of another kind. */
const ranges: readonly (readonly [SpecialPlace, readonly Cidr[]])[] = [
  ['metadata', cidrs('fd00:ec2::254', 'fd20:ce::254', '168.63.129.16', '100.100.100.200', '192.0.0.192')],
  ['unspecified', cidrs('0.0.0.0/8', '::')],
  ['loopback', cidrs('127.0.0.0/8', '::1')],
  ['linkLocal', cidrs('169.254.0.0/16', 'fe80::/10')],
  ['multicast', cidrs('224.0.0.0/4', '255.255.255.255', 'ff00::/8')],
];

/** Names under which machines know themselves. */
const loopbackNames: ReadonlySet<string> = new Set(['localhost', 'ip6-localhost', 'ip6-loopback']);

/** Names under which clouds answer machines about themselves. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
]);

/** The special place an address is, if it is one. */
export function placeOfAddress(address: IpAddress): SpecialPlace | undefined {
  return ranges.find(([, among]) => among.some((cidr) => cidrContains(cidr, address)))?.[0];
}

/** The special place a name means by itself, in lower case and without a dot at its end. What it resolves to is another question. */
export function placeOfName(name: string, clusterDomain: string): SpecialPlace | undefined {
  if (loopbackNames.has(name) || name.endsWith('.localhost')) return 'loopback';
  if (metadataNames.has(name)) return 'metadata';
  const service = 'kubernetes.default.svc';
  const isApiServer = ['kubernetes', 'kubernetes.default', service, `${service}.${clusterDomain}`].includes(name);
  return isApiServer ? 'apiServer' : undefined;
}

function cidrs(...texts: readonly string[]): readonly Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}
