/**
 * Loaded into the Node processes of Pods before anything else. Containers have a network of their own and a cluster has a DNS server; processes of
 * one machine have neither, so this
 *
 * - makes servers that would listen on all addresses listen on the Pod's (`CLUSTER_POD_IP`), or two Pods could not use the same port, and
 * - answers names of Services from the file that lists them (`CLUSTER_NAMES_FILE`): what is not there does not exist, while the machine's own
 *   resolver might wait for a server that cannot be reached.
 */
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const podIp = process.env['CLUSTER_POD_IP'] ?? '';
const namesFile = process.env['CLUSTER_NAMES_FILE'] ?? '';

type Callable = (...args: unknown[]) => unknown;

function patch(target: object, name: string, wrap: (original: Callable) => Callable): void {
  const record = target as Record<string, Callable>;
  const original = record[name];
  if (original === undefined) return;
  record[name] = wrap(original);
}

patch(net.Server.prototype, 'listen', (original) => {
  return function listen(this: unknown, ...args: unknown[]) {
    return original.apply(this, onPodAddress(args));
  };
});

/** The arguments of `listen`, with the Pod's address where they mean every address. */
function onPodAddress(args: readonly unknown[]): unknown[] {
  const [first, second, ...rest] = args;
  if (typeof first === 'object' && first !== null) {
    const options = first as { host?: unknown; path?: unknown; fd?: unknown; port?: unknown };
    if (options.port === undefined || options.path !== undefined || !isEveryAddress(options.host)) return [...args];
    return [{ ...options, host: podIp }, second, ...rest];
  }
  const isPort = typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first));
  if (!isPort) return [...args];
  if (typeof second === 'string') return [first, isEveryAddress(second) ? podIp : second, ...rest];
  // `listen(port, backlog?, callback?)`: the address comes before both.
  return [first, podIp, ...args.slice(1)];
}

function isEveryAddress(host: unknown): boolean {
  return host === undefined || host === null || host === '' || host === '0.0.0.0' || host === '::' || host === '::0';
}

function knownNames(): string {
  try {
    return readFileSync(namesFile, 'utf8');
  } catch {
    // The namespace is so new that its file is not there yet, and no Service of it either.
    return '';
  }
}

/** Addresses of a name of the cluster; undefined for names of elsewhere. */
function clusterAddresses(name: unknown): readonly string[] | undefined {
  if (typeof name !== 'string') return undefined;
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const found: string[] = [];
  for (const line of knownNames().split('\n')) {
    const [address = '', ...names] = line.split(/\s+/);
    if (names.includes(wanted)) found.push(address);
  }
  return found.length > 0 || /\.svc(\.cluster\.local)?$/.test(wanted) ? found : undefined;
}

function notFound(syscall: string, hostname: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENOTFOUND ${hostname}`);
  return Object.assign(error, { code: 'ENOTFOUND', errno: -3008, syscall, hostname });
}

interface LookupAnswer {
  readonly address: string;
  readonly family: 4;
}

/** What `lookup` answers for a name of the cluster: an error, all addresses, or the first. */
function lookupAnswer(name: string, addresses: readonly string[], options: unknown): Error | LookupAnswer[] {
  const family = typeof options === 'object' ? (options as { family?: unknown } | null)?.family : options;
  const wantsIpv6 = family === 6 || family === 'IPv6';
  if (addresses.length === 0 || wantsIpv6) return notFound('getaddrinfo', name);
  return addresses.map((address) => ({ address, family: 4 }));
}

function wantsAll(options: unknown): boolean {
  return typeof options === 'object' && options !== null && (options as { all?: unknown }).all === true;
}

patch(dns, 'lookup', (original) => (...args) => {
  const [name, options] = args;
  const addresses = clusterAddresses(name);
  if (addresses === undefined) return original(...args);
  const callback = args.at(-1) as (...results: unknown[]) => void;
  const answer = lookupAnswer(String(name), addresses, options);
  process.nextTick(() => {
    if (answer instanceof Error) callback(answer);
    else if (wantsAll(options)) callback(null, answer);
    else callback(null, answer[0]?.address, 4);
  });
  return {};
});

patch(dns.promises, 'lookup', (original) => (...args) => {
  const [name, options] = args;
  const addresses = clusterAddresses(name);
  if (addresses === undefined) return original(...args);
  const answer = lookupAnswer(String(name), addresses, options);
  if (answer instanceof Error) return Promise.reject(answer);
  return Promise.resolve(wantsAll(options) ? answer : answer[0]);
});

for (const [target, isPromise] of [
  [dns, false],
  [dns.Resolver.prototype, false],
  [dns.promises, true],
  [dns.promises.Resolver.prototype, true],
] as const) {
  for (const name of ['resolve4', 'resolve']) {
    patch(target, name, (original) => {
      return function resolve(this: unknown, ...args: unknown[]) {
        const addresses = clusterAddresses(args[0]);
        if (addresses === undefined || (name === 'resolve' && typeof args[1] === 'string' && args[1] !== 'A')) {
          return original.apply(this, args);
        }
        const failure = addresses.length === 0 ? notFound('queryA', String(args[0])) : null;
        if (isPromise) return failure === null ? Promise.resolve([...addresses]) : Promise.reject(failure);
        const callback = args.at(-1) as (...results: unknown[]) => void;
        process.nextTick(() => callback(failure, failure === null ? [...addresses] : undefined));
        return {};
      };
    });
  }
}

syncBuiltinESMExports();
