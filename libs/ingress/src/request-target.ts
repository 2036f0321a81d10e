/**
 * The path of a request target: raw, without the query, with neither decoding nor cleaning (receiver.md 4.3). Of the
 * absolute form it is what follows the authority, `/` if nothing does.
 */
export function targetPath(target: string): string {
  let start = 0;
  if (!target.startsWith('/')) {
    const scheme = target.indexOf('://');
    if (scheme > 0) {
      start = target.indexOf('/', scheme + 3);
      if (start < 0) return '/';
    }
  }
  const query = target.indexOf('?', start);
  const end = query < 0 ? target.length : query;
  return start === 0 && end === target.length ? target : target.slice(start, end);
}

/** `path` without its last character if that is a slash; exactly one is dropped (receiver.md 4.3). */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** A Host value as it is compared: lower case, no port, no dot at the end. */
export function normalHost(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

/** A contract path as it is compared: one leading slash, none at the end; `/` and the empty path are no path at all: ''. */
export function normalContractPath(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return '';
  return trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
}

/**
 * The names under which a contract host is reached: itself, and of a Service (`name.namespace.svc…`) its short forms, which
 * a sender in the cluster may use as well.
 */
export function hostNames(host: string): readonly string[] {
  const normal = normalHost(host);
  if (normal === '') return [];
  const service = /^([^./]+\.[^./]+)\.svc(?:\..+)?$/.exec(normal);
  if (service === null) return [normal];
  const short = service[1] ?? '';
  return [...new Set([normal, `${short}.svc`, short])];
}
