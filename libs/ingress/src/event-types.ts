import type { EventView } from '@eventing-kafka/cloudevents-codec';

/** A kind of event that a resource was seen to take: what an EventType object says of it (receiver.md 12). */
export interface EventTypeSighting {
  /** Who took it, as its contract refers to it. */
  readonly resource: {
    readonly uid: string;
    readonly groupVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  readonly type: string;
  readonly source: string;
  /** The `dataschema` (in 0.3 the `schemaurl`); undefined if the event has none. */
  readonly schema: string | undefined;
}

/** Told of a sighting, after the answer to its event; must not throw, and not take long. */
export type ReportEventType = (sighting: EventTypeSighting) => void;

/** Kinds of events that are remembered of one resource; further ones are not reported. Sources are the senders' choice, so they must not add up. */
const maxSightings = 1000;

/** Reports each kind of event of one resource once, as long as its route stands (F-37). */
export class EventTypes {
  readonly #resource: EventTypeSighting['resource'];
  readonly #report: ReportEventType;
  readonly #seen = new Set<string>();

  constructor(resource: EventTypeSighting['resource'], report: ReportEventType) {
    this.#resource = resource;
    this.#report = report;
  }

  /** An event was accepted. */
  saw(event: EventView): void {
    const { type, source } = event;
    const schema = event.attribute(event.specVersion === '1.0' ? 'dataschema' : 'schemaurl')?.toString();
    const key = JSON.stringify([type, source, schema]);
    if (this.#seen.has(key) || this.#seen.size >= maxSightings) return;
    this.#seen.add(key);
    this.#report({ resource: this.#resource, type, source, schema });
  }
}
