import { effectiveAddress, parseIpAddress, type IpAddress } from './ip-address.ts';

/** A range of addresses: all that begin with the same bits. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly prefix: bigint;
  /** Bits behind the prefix. */
  readonly free: bigint;
}

/** The range that text such as `10.0.0.0/8`, `fe80::/10` or a single address means; `undefined` if it means none. */
export function parseCidr(text: string): Cidr | undefined {
  const [base = '', length, ...more] = text.trim().split('/');
  const address = parseIpAddress(base);
  if (address === undefined || more.length > 0) return undefined;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const prefixLength = length === undefined ? address.bits : Number(length);
  if (prefixLength > address.bits) return undefined;
  const free = BigInt(address.bits - prefixLength);
  return { bits: address.bits, prefix: address.value >> free, free };
}

/** Whether {@link parseCidr} can read it. */
export function isAddressRange(text: string): boolean {
  return parseCidr(text) !== undefined;
}

/** Whether an address, or the IPv4 one it carries, lies in the range. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const effective = effectiveAddress(address);
  return isIn(cidr, effective) || (effective !== address && isIn(cidr, address));
}

function isIn({ bits, prefix, free }: Cidr, { bits: width, value }: IpAddress): boolean {
  return bits === width && value >> free === prefix;
}
