import type { EventView } from '@eventing-kafka/cloudevents-codec';

/** Extension of replies in a topic that says how many more replies may follow from them; named as in Knative's own Broker. */
export const hopsExtension = 'knativebrokerttl';

/**
 * How many replies may still follow, one from another, from an event: the first of them included. 0: its reply would go round for ever, as
 * far as anybody can tell. An event that says nothing, or nothing that makes sense, begins.
 *
 * @param most replies that may follow from an event that is none itself
 */
export function repliesLeft(event: EventView, most: number): number {
  const told = event.attribute(hopsExtension);
  const left = typeof told === 'string' && /^\d{1,9}$/u.test(told) ? Number(told) : told;
  return typeof left === 'number' && Number.isInteger(left) && left >= 0 ? Math.min(left, most) : most;
}
