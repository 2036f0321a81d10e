/** What a path asks for. */
export interface RequestTarget {
  /** Name of the viewer: the first segment of the path. Safe to print. */
  readonly viewer: string;
  /** Status to answer events with. */
  readonly statusCode: number;
}

const maxNameLength = 60;

/**
 * Reads `/<name>`, `/<name>?status=503` and `/<name>/fail` (500); `failing…` as the name means 500 too. The statuses show how a broker retries and where
 * dead letters go. Undefined when the status asked for is none from 200 to 599.
 */
export function parseTarget(url: string): RequestTarget | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const segments = path.split('/').filter((segment) => segment !== '');
  const viewer = shownName(segments[0] ?? 'viewer');
  const asked = new URLSearchParams(query).get('status');
  if (asked !== null) {
    const statusCode = /^\d{3}$/.test(asked) ? Number(asked) : 0;
    return statusCode >= 200 && statusCode <= 599 ? { viewer, statusCode } : undefined;
  }
  const fails = viewer.startsWith('failing') || segments.some((segment) => segment === 'fail' || segment === 'failing');
  return { viewer, statusCode: fails ? 500 : 204 };
}

function shownName(segment: string): string {
  return segment.replace(/[^\w.~%-]/g, '?').slice(0, maxNameLength);
}
