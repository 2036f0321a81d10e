import type { Logger } from '@eventing-kafka/logging';
import { delay, isAborted } from '../delay.ts';
import { isKubernetesError } from '../errors.ts';
import type { LeadByLeaseOptions } from './lead-by-lease.ts';
import { readLease, writeLease } from './lease-object.ts';
import type { LeaseObject } from './lease-object.ts';
import { leaseRecord } from './lease-record.ts';
import type { LeaseRecord } from './lease-record.ts';

/** The right to lead, for as long as it lasts. */
export interface Leadership extends AsyncDisposable {
  /** Higher than of every leader before. */
  readonly epoch: bigint;
  /** Aborts when this process does not lead any more, for whatever reason; its `reason` says why. */
  readonly lost: AbortSignal;
  /** Stops leading and gives the Lease up, so that another process can take over at once. */
  [Symbol.asyncDispose](): Promise<void>;
}

type HeldLeaseOptions = LeadByLeaseOptions &
  Required<Pick<LeadByLeaseOptions, 'renewDeadlineMs' | 'retryPeriodMs' | 'now'>> & { readonly logger: Logger };

/** How long giving up the Lease may take when the process ends. */
const releaseTimeoutMs = 2_000;

/** A Lease that is ours, and is renewed. */
export class HeldLease implements Leadership {
  readonly epoch: bigint;
  readonly #options: HeldLeaseOptions;
  readonly #record: LeaseRecord;
  #object: LeaseObject;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  #deadline: NodeJS.Timeout;
  readonly #renewing: Promise<void>;
  #releasing: Promise<void> | undefined;

  constructor(options: HeldLeaseOptions, object: LeaseObject, record: LeaseRecord, sentAtMs: number) {
    this.#options = options;
    this.#object = object;
    this.#record = record;
    this.epoch = record.epoch;
    this.#deadline = this.#deadlineFrom(sentAtMs);
    this.#renewing = this.#renew();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  /** A timer that says that it is over, whatever a request is waiting for. */
  #deadlineFrom(sentAtMs: number): NodeJS.Timeout {
    const { renewDeadlineMs } = this.#options;
    return setTimeout(
      () => this.#lose(`it could not be renewed for ${renewDeadlineMs} ms`),
      Math.max(0, sentAtMs + renewDeadlineMs - performance.now()),
    );
  }

  async #renew(): Promise<void> {
    const { retryPeriodMs, logger, now, name } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, this.#lost.signal]);
    while (!signal.aborted) {
      await delay(retryPeriodMs, signal);
      if (isAborted(signal)) return;
      const sentAtMs = performance.now();
      try {
        this.#object = await writeLease(this.#options, this.#object, this.#record, signal, now());
        this.#renewedAt(sentAtMs);
      } catch (error) {
        if (isAborted(signal)) return;
        if (isKubernetesError(error, 'KUBERNETES_CONFLICT', 'KUBERNETES_NOT_FOUND')) await this.#lookAgain(signal);
        else logger.warn('lease could not be renewed', { lease: name, error });
      }
    }
  }

  /** Somebody wrote to the Lease: ourselves, in a request whose answer was lost; a person; or the next leader. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { identity, epochAnnotation, logger, name } = this.#options;
    try {
      const object = await readLease(this.#options, signal);
      if (object === undefined) return this.#lose('the Lease was deleted');
      const { holder, epoch } = leaseRecord(object, epochAnnotation);
      if (holder !== identity || epoch !== this.epoch)
        return this.#lose(`${holder === '' ? 'nobody' : holder} holds it`);
      this.#object = object;
    } catch (error) {
      if (!signal.aborted) logger.warn('lease could not be read', { lease: name, error });
    }
  }

  /** A renewal that comes too late, such as after the process was suspended, renews nothing. */
  #renewedAt(sentAtMs: number): void {
    if (this.#lost.signal.aborted) return;
    clearTimeout(this.#deadline);
    this.#deadline = this.#deadlineFrom(sentAtMs);
  }

  #lose(why: string): void {
    clearTimeout(this.#deadline);
    if (this.#lost.signal.aborted) return;
    const { namespace, name, logger } = this.#options;
    logger.warn('not leading any more', { lease: name, reason: why });
    this.#lost.abort(new Error(`Lease ${namespace}/${name} was lost: ${why}`));
  }

  async #release(): Promise<void> {
    const { logger, name, namespace, now } = this.#options;
    this.#stop.abort();
    clearTimeout(this.#deadline);
    await this.#renewing;
    if (this.#lost.signal.aborted) return;
    this.#lost.abort(new Error(`Lease ${namespace}/${name} was given up`));
    const released = { ...this.#record, holder: '', durationMs: 1_000 };
    try {
      await writeLease(this.#options, this.#object, released, AbortSignal.timeout(releaseTimeoutMs), now());
      logger.info('leadership given up', { lease: name });
    } catch (error) {
      // Others wait until it has run out.
      logger.warn('lease could not be given up', { lease: name, error });
    }
  }
}
