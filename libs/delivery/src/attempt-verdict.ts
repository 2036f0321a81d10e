import type { DestinationHealth } from './circuit-breaker.ts';
import type { DeliveryErrorCode } from './delivery-error.ts';

/** What the end of one attempt says about its destination, whatever it means for the event. */
export interface AttemptVerdict {
  readonly health: DestinationHealth;
  /** Whether it asks for fewer requests at once. */
  readonly overloaded: boolean;
}

const alive: AttemptVerdict = { health: 'alive', overloaded: false };
const busy: AttemptVerdict = { health: 'alive', overloaded: true };
const failing: AttemptVerdict = { health: 'failing', overloaded: false };
const drowning: AttemptVerdict = { health: 'failing', overloaded: true };
const distrusted: AttemptVerdict = { health: 'unreachable', overloaded: false };
const away: AttemptVerdict = { health: 'unreachable', overloaded: true };
const unknown: AttemptVerdict = { health: 'unknown', overloaded: false };

/** Verdict of an answer. A 4xx is about the event, so its destination is alive; 429, 503 and 504 are about how much it gets. */
export function verdictOfStatus(statusCode: number): AttemptVerdict {
  if (statusCode < 500) return statusCode === 429 ? busy : alive;
  return statusCode === 503 || statusCode === 504 ? drowning : failing;
}

/** Verdict of an attempt without a usable answer. */
export function verdictOfError(code: DeliveryErrorCode): AttemptVerdict {
  switch (code) {
    case 'DELIVERY_UNREACHABLE':
      return away;
    case 'DELIVERY_TLS':
      return distrusted;
    case 'DELIVERY_TIMEOUT':
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
