import { DestinationGuard } from '@eventing-kafka/destination-guard';
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

/**
 * The URL, unless it says by itself that it leads where tenants must not reach through us (security 6.4): user names, link-local,
 * metadata, unspecified and multicast addresses, the API server, this machine. Names are not resolved: one that only resolves to such an
 * address passes here, and dispatchers refuse to connect to it.
 *
 * `url` is what {@link URL.parse} made: decimal, octal, hexadecimal and shortened spellings of IPv4, percent-encoding, full-width digits,
 * and upper case are one spelling then.
 */
export function guardedDestination(url: URL, options: DestinationGuardOptions): Outcome<URL> {
  const problem = new DestinationGuard(options).refusalOfUrl(url);
  if (problem === undefined) return succeeded(url);
  return failed(`events are not delivered to ${problem}: "${shownUrl(url)}"`, [], destinationNotAllowed);
}

/** Without what must not end up in conditions and logs. */
function shownUrl(url: URL): string {
  const shown = new URL(url);
  if (shown.username !== '') shown.username = '***';
  if (shown.password !== '') shown.password = '***';
  return shown.href.length > 200 ? `${shown.href.slice(0, 200)}…` : shown.href;
}
