import { silentLogger } from '@eventing-kafka/logging';
import type { Logger } from '@eventing-kafka/logging';
import type { KubernetesClient } from '../client/kubernetes-client.ts';
import { delay } from '../delay.ts';
import { isKubernetesError } from '../errors.ts';
import { createObject, mergePatchObject } from '../objects/object-calls.ts';
import { PendingEvents } from './pending-events.ts';
import type { CountedEvent, EventObject, RecordedEvent } from './pending-events.ts';

/** Who records events, and where. */
export interface EventRecorderOptions {
  readonly client: KubernetesClient;
  /** Shows in `kubectl describe` as `From`: `kafka-broker-controller`. */
  readonly component: string;
  /** Which of its processes: a Pod name. */
  readonly instance: string;
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Writes Kubernetes Events in the background. Disposing writes what is waiting, for at most a second. */
export interface EventRecorder extends AsyncDisposable {
  /**
   * Something happened to an object: shows in `kubectl describe`. The same again within 10 minutes only counts, and its count is written every
   * 10 seconds at most; an object has 25 different ones in a row and then one a minute. What goes beyond is dropped. Never throws.
   */
  record(object: EventObject, event: RecordedEvent): void;
}

const flushMs = 1_000;

/** Starts to record events. */
export function startEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new BackgroundRecorder(options);
}

class BackgroundRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #pending = new PendingEvents();
  readonly #end = new AbortController();
  #wake = new AbortController();
  #isDraining = false;
  #dropped = 0;
  #sequence = 0;
  readonly #writing: Promise<void>;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#now = options.now ?? Date.now;
    this.#writing = this.#write();
  }

  record(object: EventObject, event: RecordedEvent): void {
    if (this.#isDraining) return;
    if (!this.#pending.note(object, event, this.#now())) {
      if (this.#dropped === 0) this.#logger.warn('event dropped: too many at once', { object, reason: event.reason });
      this.#dropped += 1;
      return;
    }
    this.#wake.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true;
    this.#wake.abort();
    const deadline = setTimeout(() => this.#end.abort(), flushMs);
    await this.#writing;
    clearTimeout(deadline);
  }

  async #write(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const next = this.#pending.next(this.#now());
      if (next !== undefined && (next.inMs === 0 || this.#isDraining)) {
        this.#pending.taken(next.event);
        await this.#send(next.event, signal);
      } else if (this.#isDraining) return;
      else await this.#idle(next?.inMs);
    }
  }

  async #idle(ms: number | undefined): Promise<void> {
    this.#dropped = 0;
    this.#wake = new AbortController();
    // Nothing is waiting: it sleeps until it is woken.
    await delay(ms ?? 2 ** 31 - 1, this.#wake.signal);
  }

  /** An event that cannot be written is lost: nobody waits for it, and the next time it happens it is tried again. */
  async #send(counted: CountedEvent, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    counted.writtenAtMs = this.#now();
    const namespace = eventNamespace(counted.object);
    try {
      if (counted.name !== undefined) {
        const identity = { apiVersion: 'v1', kind: 'Event', namespace, name: counted.name };
        const { count, lastAtMs } = counted;
        try {
          await mergePatchObject(client, identity, { count, lastTimestamp: timeText(lastAtMs) }, { signal });
          return;
        } catch (error) {
          // Events live for an hour.
          if (!isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) throw error;
        }
      }
      const object = this.#eventObject(counted, namespace);
      await createObject(client, object, { signal });
      counted.name = object.metadata.name;
    } catch (error) {
      const { object, event } = counted;
      if (signal.aborted) return;
      // Whoever deletes a namespace wants no news of it.
      const level = isKubernetesError(error, 'KUBERNETES_TERMINATING') ? 'debug' : 'warn';
      this.#logger[level]('event could not be written', { object, reason: event.reason, error });
    }
  }

  #eventObject({ object, event, count, firstAtMs, lastAtMs }: CountedEvent, namespace: string) {
    const { component, instance } = this.#options;
    this.#sequence += 1;
    const { apiVersion, kind, name, uid } = object;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      // As client-go names them: the object, and a time that comes once.
      metadata: {
        namespace,
        name: `${name.slice(0, 200)}.${(BigInt(firstAtMs) * 1_000_000n + BigInt(this.#sequence)).toString(16)}`,
      },
      involvedObject: {
        apiVersion,
        kind,
        name,
        uid,
        ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
      },
      type: event.type,
      reason: event.reason.slice(0, 128),
      message: event.message.slice(0, 1_024),
      count,
      firstTimestamp: timeText(firstAtMs),
      lastTimestamp: timeText(lastAtMs),
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

/** Events of objects without a namespace lie in `default`. */
function eventNamespace({ namespace }: EventObject): string {
  return namespace === undefined || namespace === '' ? 'default' : namespace;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
