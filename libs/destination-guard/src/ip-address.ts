/** An IP address as a number of its family's width. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** The address that text is, or `undefined` if it is none. Takes what resolvers and URLs write, a zone (`%eth0`) and IPv4 at the end included. */
export function parseIpAddress(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The address that packets to this one go to: of IPv6 addresses that carry an IPv4 one (mapped, compatible, NAT64 and 6to4), that one.
 * Whoever looks at the IPv6 address alone would let `::ffff:127.0.0.1` through.
 */
export function effectiveAddress(address: IpAddress): IpAddress {
  if (address.bits === 32) return address;
  const { value } = address;
  const high = value >> 32n;
  const isMapped = high === 0xffffn;
  // The unspecified and the loopback address look like IPv4 ones and are their own.
  const isCompatible = high === 0n && value > 1n;
  const isTranslated = value >> 96n === 0x64ff9bn;
  if (isMapped || isCompatible || isTranslated) return { bits: 32, value: value & 0xffffffffn };
  if (value >> 112n === 0x2002n) return { bits: 32, value: (value >> 80n) & 0xffffffffn };
  return address;
}

function parseIpv4(text: string): IpAddress | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return { bits: 32, value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) };
}

function parseIpv6(text: string): IpAddress | undefined {
  const [address = ''] = text.split('%');
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

function groupsOf(text: string): readonly bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4.value >> 16n, ipv4.value & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
