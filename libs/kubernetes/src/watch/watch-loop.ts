import { backoffMs } from '../backoff.ts';
import { delay, isAborted } from '../delay.ts';
import { isKubernetesError, KubernetesError } from '../errors.ts';
import type { KubernetesCall } from '../client/kubernetes-client.ts';
import { objectPath } from '../client/resource-types.ts';
import type { ResourceType } from '../client/resource-types.ts';
import { errorOfStatus } from '../client/response-errors.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { KnownObjects } from './known-objects.ts';
import type { ObjectChange } from './known-objects.ts';
import { watchEvents } from './watch-events.ts';
import type { WatchEvent } from './watch-events.ts';
import type { WatchObjectsOptions } from './watch-objects.ts';

/** Options with their defaults. */
export type WatchLoopOptions = WatchObjectsOptions &
  Required<Pick<WatchObjectsOptions, 'backoff' | 'idleTimeoutMs' | 'missingKindMs' | 'pageSize' | 'random' | 'signal'>>;

/** Failures in a row after which a list takes the place of a version that is getting nowhere. */
const failuresBeforeList = 3;
/** A watch that the server ends sooner, without a word, counts as a failure: it would be asked for without a pause. */
const shortWatchMs = 1_000;
/** Between looks for a kind that the server does not know. */
const missingKindPauseMs = 2_000;
const listTimeoutMs = 30_000;

interface ObjectList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubernetesObject[];
}

/**
 * ```text
 *           ┌─────── 410, 403, 404, three failures ────────┐
 *           ▼                                              │
 *   list all pages ──▶ watch from the version of the list ─┤
 *                        ▲                                 │
 *                        └──── closed, connection lost ────┘  from the last version seen
 * ```
 */
export class WatchLoop {
  readonly synced = Promise.withResolvers<undefined>();
  trouble: KubernetesError | undefined;
  readonly #options: WatchLoopOptions;
  readonly #known = new KnownObjects();
  readonly #subject: string;
  /** Where to watch from; undefined: list first. */
  #resourceVersion: string | undefined;
  #failures = 0;
  /** Since when the server has not known the kind; undefined: it does. */
  #missingSinceMs: number | undefined;

  constructor(options: WatchLoopOptions) {
    this.#options = options;
    const { kind, namespace, name } = options;
    const place = namespace === undefined ? '' : ` of namespace ${namespace}`;
    this.#subject = name === undefined ? `objects of kind ${kind}${place}` : `${kind} ${name}${place}`;
    // Whoever waits for it hears of it.
    this.synced.promise.catch(() => undefined);
  }

  /** Resolves when the signal is aborted; never rejects. */
  async run(): Promise<void> {
    const { signal, client } = this.#options;
    while (!signal.aborted) {
      try {
        const { apiVersion, kind } = this.#options;
        const type = await client.discover(apiVersion, kind, { fresh: this.#missingSinceMs !== undefined, signal });
        if (this.#resourceVersion === undefined) await this.#list(type);
        await this.#watch(type);
      } catch (error) {
        // A call that was cancelled by anything else than our end (a pool of connections that closed) is a failure like others.
        if (isAborted(signal)) break;
        await this.#pause(this.#noted(error));
      }
    }
    this.synced.reject(new KubernetesError('KUBERNETES_CANCELLED', `watching ${this.#subject} has ended`));
  }

  async #list(type: ResourceType): Promise<void> {
    const { client, pageSize } = this.#options;
    const listed: KubernetesObject['metadata'][] = [];
    let page: ObjectList | undefined;
    do {
      page = (await client.call({
        ...this.#call(type, 'list', 'PartialObjectMetadataList'),
        query: { ...this.#selectors(), limit: pageSize, continue: page?.metadata?.continue },
        timeoutMs: listTimeoutMs,
      })) as ObjectList;
      const items = page.items ?? [];
      for (const { metadata } of items) listed.push(metadata);
      this.#tell(items.map((item) => this.#known.present(this.#named(item))));
    } while ((page.metadata?.continue ?? '') !== '');
    this.#tell(this.#known.retain(listed));
    this.#resourceVersion = page.metadata?.resourceVersion ?? '0';
    // No progress yet: lists that lead to no watch must not follow each other without a pause.
    this.#isHeardAgain();
    this.synced.resolve(undefined);
  }

  async #watch(type: ResourceType): Promise<void> {
    const { client, random, idleTimeoutMs } = this.#options;
    const call = this.#call(type, 'watch', 'PartialObjectMetadata');
    const startedAtMs = performance.now();
    const progress = { hasBegun: false, isHeard: false };
    let refusal: KubernetesError | undefined;
    const chunks = client.stream(
      {
        ...call,
        query: {
          ...this.#selectors(),
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: this.#resourceVersion,
          // Spread, so that not all watches of all clients end together.
          timeoutSeconds: Math.round(240 + random() * 300),
        },
      },
      {
        idleTimeoutMs,
        onBegin: () => {
          progress.hasBegun = true;
          this.#isHeardAgain();
        },
      },
    );
    try {
      for await (const events of watchEvents(chunks)) {
        const end = events.find((event) => event.type === 'ERROR');
        refusal = end === undefined ? undefined : errorOfStatus(call, end.object.code ?? 500, end.object);
        if (refusal !== undefined) break;
        this.#take(events);
        progress.isHeard = true;
        this.#isWell();
      }
    } catch (error) {
      // Silent for too long: perhaps dead, perhaps only quiet. Asking again is right in both cases.
      if (!progress.hasBegun || !isKubernetesError(error, 'KUBERNETES_TIMEOUT')) throw error;
    } finally {
      if (progress.hasBegun && performance.now() - startedAtMs >= shortWatchMs) this.#failures = 0;
    }
    if (refusal !== undefined) throw refusal;
    if (!progress.isHeard && performance.now() - startedAtMs < shortWatchMs)
      throw new KubernetesError(
        'KUBERNETES_UNAVAILABLE',
        `${client.server} ended the watch of ${this.#subject} at once`,
      );
    this.#isWell();
  }

  #take(events: readonly WatchEvent[]): void {
    const changes: (ObjectChange | undefined)[] = [];
    for (const event of events) {
      if (event.type === 'ERROR') continue;
      if (event.type === 'DELETED') changes.push(this.#known.absent(event.object));
      else if (event.type !== 'BOOKMARK') changes.push(this.#known.present(this.#named(event.object)));
      this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
    }
    this.#tell(changes);
  }

  /** What follows from a failure. */
  #noted(thrown: unknown): KubernetesError {
    const error = isKubernetesError(thrown)
      ? thrown
      : new KubernetesError('KUBERNETES_INVALID', `cannot watch ${this.#subject}: ${String(thrown)}`, {
          cause: thrown,
        });
    const isMissing = error.code === 'KUBERNETES_NOT_FOUND';
    if (isMissing || error.code === 'KUBERNETES_GONE' || error.code === 'KUBERNETES_FORBIDDEN')
      this.#resourceVersion = undefined;
    // An everyday thing, which the list that follows puts right.
    if (error.code === 'KUBERNETES_GONE' && this.#failures === 0) {
      this.#failures = 1;
      return error;
    }
    this.#failures += 1;
    if (this.#failures >= failuresBeforeList) this.#resourceVersion = undefined;
    this.trouble = error;
    this.#options.onTrouble?.(error);
    this.#noteMissing(isMissing);
    if (error.code === 'KUBERNETES_FORBIDDEN' && this.#options.forbiddenIsAbsent === true) this.#noneIsThere();
    return error;
  }

  /** A server that is starting may not know a kind for a moment: only one that goes on not knowing it has no such objects. */
  #noteMissing(isMissing: boolean): void {
    if (!isMissing) {
      this.#missingSinceMs = undefined;
      return;
    }
    const now = performance.now();
    this.#missingSinceMs ??= now;
    if (now - this.#missingSinceMs < this.#options.missingKindMs) return;
    this.#noneIsThere();
  }

  #noneIsThere(): void {
    this.#tell(this.#known.retain([]));
    this.synced.resolve(undefined);
  }

  async #pause(error: KubernetesError): Promise<void> {
    const { backoff, random, signal } = this.#options;
    const mostMs = Math.min(
      backoff.mostMs,
      // A kind is installed while somebody waits for it; asking whether it is there costs little.
      error.code === 'KUBERNETES_NOT_FOUND' ? missingKindPauseMs : Number.POSITIVE_INFINITY,
    );
    const ms = backoffMs(Math.max(this.#failures, 1), { ...backoff, mostMs }, random);
    await delay(Math.max(ms, Math.min(error.retryAfterMs ?? 0, mostMs)), signal);
  }

  #isWell(): void {
    this.#failures = 0;
    this.#isHeardAgain();
  }

  #isHeardAgain(): void {
    this.#missingSinceMs = undefined;
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.#options.onRecovered?.();
  }

  #tell(changes: readonly (ObjectChange | undefined)[]): void {
    const told = changes.filter((change) => change !== undefined);
    if (told.length > 0) this.#options.onChange(told);
  }

  #call(type: ResourceType, verb: string, partial: string): KubernetesCall {
    const { namespace, metadataOnly = false, signal } = this.#options;
    return {
      method: 'GET',
      path: objectPath(type, namespace),
      ...(metadataOnly ? { accept: `application/json;as=${partial};g=meta.k8s.io;v=v1` } : {}),
      verb,
      subject: this.#subject,
      signal,
    };
  }

  #selectors(): { readonly labelSelector: string | undefined; readonly fieldSelector: string | undefined } {
    const { name, labelSelector } = this.#options;
    return { labelSelector, fieldSelector: name === undefined ? undefined : `metadata.name=${name}` };
  }

  /** Items of lists do not say what they are. */
  #named(object: KubernetesObject): KubernetesObject {
    const { apiVersion, kind } = this.#options;
    return { ...object, apiVersion, kind };
  }
}
