import type { DestinationHealth } from './circuit-breaker.ts';
import type { DeliveryErrorCode } from './delivery-error.ts';
import { isSuccess } from './response-class.ts';

/** What the end of one attempt says about its destination, whatever it means for the event. */
export interface AttemptVerdict {
  readonly health: DestinationHealth;
  /** Whether it asks for fewer requests at once. */
  readonly overloaded: boolean;
  /** Whether the time it took is that of the work: of a success, and of a work that was not done in time. */
  readonly timed: boolean;
}

function verdict(health: DestinationHealth, overloaded = false, timed = false): AttemptVerdict {
  return { health, overloaded, timed };
}

const done = verdict('alive', false, true);
const alive = verdict('alive');
const busy = verdict('alive', true);
const failing = verdict('failing');
const drowning = verdict('failing', true);
const hanging = verdict('failing', false, true);
const distrusted = verdict('unreachable');
const away = verdict('unreachable', true);
const unknown = verdict('unknown');

/** Verdict of an answer. A 4xx is about the event, so its destination is alive; 429, 503 and 504 are about how much it gets. */
export function verdictOfStatus(statusCode: number): AttemptVerdict {
  if (isSuccess(statusCode)) return done;
  if (statusCode < 500) return statusCode === 429 ? busy : alive;
  return statusCode === 503 || statusCode === 504 ? drowning : failing;
}

/**
 * Verdict of an attempt without a usable answer. A time-out is no cry for less, for it may be the event that takes so long; many of them are
 * slowness, and all of them an outage.
 */
export function verdictOfError(code: DeliveryErrorCode): AttemptVerdict {
  switch (code) {
    case 'DELIVERY_UNREACHABLE':
      return away;
    case 'DELIVERY_TLS':
      return distrusted;
    case 'DELIVERY_TIMEOUT':
      return hanging;
    case 'DELIVERY_CONNECTION_LOST':
      return drowning;
    case 'DELIVERY_RESPONSE_INVALID':
      return failing;
    case 'DELIVERY_REFUSED':
    case 'DELIVERY_RESPONSE_TOO_LARGE':
      return alive;
    case 'DELIVERY_REQUEST_INVALID':
    case 'DELIVERY_DENIED':
    case 'DELIVERY_TOKEN_UNAVAILABLE':
    case 'DELIVERY_QUEUE_FULL':
    case 'DELIVERY_ABORTED':
    case 'DELIVERY_CLOSED':
      return unknown;
  }
}
