import { cidrContains, parseCidr, type Cidr } from './cidr.ts';
import { parseIpAddress } from './ip-address.ts';
import { placeOfAddress, placeOfName, specialPlaces, type SpecialPlace } from './special-places.ts';

/** What may be called beside the usual, and what may not. What is allowed wins over what is denied. */
export interface DestinationRules {
  /** Whether this machine itself may be a destination: where subscribers run beside us, as on a developer's machine. Default false. */
  readonly allowLoopback?: boolean | undefined;
  /** Domain of a cluster's Services. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  /** Ranges such as `10.0.0.0/8`, and single addresses. */
  readonly allowedCidrs?: readonly string[] | undefined;
  readonly deniedCidrs?: readonly string[] | undefined;
  /** Names, and all that end with a dot and them. Whatever an allowed one resolves to may be called. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly deniedHosts?: readonly string[] | undefined;
}

/** A rule that makes no sense. */
export class DestinationRuleError extends Error {
  override readonly name = 'DestinationRuleError';
}

/**
 * Decides what events may be sent to (security 6.4): never link-local, unspecified, multicast and metadata addresses, the API server and, unless
 * allowed, this machine; nor what is denied by a rule.
 */
export class DestinationGuard {
  readonly #allowLoopback: boolean;
  readonly #clusterDomain: string;
  readonly #allowedCidrs: readonly Cidr[];
  readonly #deniedCidrs: readonly Cidr[];
  readonly #allowedHosts: readonly string[];
  readonly #deniedHosts: readonly string[];

  /** @throws DestinationRuleError for a range that cannot be read */
  constructor(rules: DestinationRules = {}) {
    this.#allowLoopback = rules.allowLoopback ?? false;
    this.#clusterDomain = rules.clusterDomain ?? 'cluster.local';
    this.#allowedCidrs = (rules.allowedCidrs ?? []).map(cidrOf);
    this.#deniedCidrs = (rules.deniedCidrs ?? []).map(cidrOf);
    this.#allowedHosts = (rules.allowedHosts ?? []).map(plainName);
    this.#deniedHosts = (rules.deniedHosts ?? []).map(plainName);
  }

  /**
   * What a URL is that must not be called, for a person; `undefined`: it says nothing against itself. A name in it has to be resolved and its
   * addresses asked about. `url` is what `URL.parse` made: decimal, octal, hexadecimal and shortened spellings of IPv4,
   * percent-encoding, full-width digits and upper case are one spelling then.
   */
  refusalOfUrl(url: URL): string | undefined {
    if (url.username !== '' || url.password !== '') return 'a URL with a user name or password';
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return `a URL that begins with ${url.protocol}`;
    const host = plainName(url.hostname);
    return host.startsWith('[') || parseIpAddress(host) !== undefined
      ? this.refusalOfAddress(host.replace(/^\[|\]$/g, ''), host)
      : this.#refusalOfName(host);
  }

  /** What an address is that must not be called, for a person; `undefined`: it may be. `host` is the name that led to it. */
  refusalOfAddress(text: string, host: string): string | undefined {
    const address = parseIpAddress(text);
    if (address === undefined) return 'what is no address';
    if (isAmong(this.#allowedHosts, plainName(host))) return undefined;
    if (this.#allowedCidrs.some((cidr) => cidrContains(cidr, address))) return undefined;
    if (this.#deniedCidrs.some((cidr) => cidrContains(cidr, address))) return 'an address that is denied';
    return this.#refusalOfPlace(placeOfAddress(address));
  }

  #refusalOfName(host: string): string | undefined {
    if (isAmong(this.#allowedHosts, host)) return undefined;
    if (isAmong(this.#deniedHosts, host)) return 'a host that is denied';
    return this.#refusalOfPlace(placeOfName(host, this.#clusterDomain));
  }

  #refusalOfPlace(place: SpecialPlace | undefined): string | undefined {
    if (place === undefined || (place === 'loopback' && this.#allowLoopback)) return undefined;
    return specialPlaces[place];
  }
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    throw new DestinationRuleError(`"${text}" is no range of addresses: write one such as 10.0.0.0/8 or fd00::/8`);
  return cidr;
}

/** As names are compared: in lower case, without dots around them. */
function plainName(host: string): string {
  return host.toLowerCase().replace(/^\.+|\.+$/g, '');
}

function isAmong(suffixes: readonly string[], host: string): boolean {
  return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}
