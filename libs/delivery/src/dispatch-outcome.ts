import type { DeliveryError } from './delivery-error.ts';

/** What became of one record at one egress. Every record ends in exactly one of these. */
export type DispatchOutcome =
  /** The subscriber took it, and its reply, if any, was handled. */
  | { readonly kind: 'delivered'; readonly statusCode: number }
  /** The filter does not want it. */
  | { readonly kind: 'filtered' }
  /** The record is no CloudEvent: logged and counted, nothing was sent. */
  | { readonly kind: 'discarded'; readonly reason: string }
  /** The subscriber failed and the dead letter sink took it; `cause` is the subscriber's failure. */
  | { readonly kind: 'dead-lettered'; readonly cause: DeliveryError }
  /** Subscriber and dead letter sink (or there is none) failed: the event is lost, and must be counted as lost. */
  | { readonly kind: 'abandoned'; readonly cause: DeliveryError }
  /** Given up unfinished because of a shutdown or revocation: its offset must not count as completed. */
  | { readonly kind: 'interrupted' };

/** Whether the record's offset may count as completed; only an interrupted record has to be delivered again. */
export function isFinal(outcome: DispatchOutcome): boolean {
  return outcome.kind !== 'interrupted';
}
