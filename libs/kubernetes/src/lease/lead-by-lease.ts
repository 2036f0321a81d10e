import { silentLogger } from '@eventing-kafka/logging';
import type { Logger } from '@eventing-kafka/logging';
import type { KubernetesClient } from '../client/kubernetes-client.ts';
import { delay, isAborted } from '../delay.ts';
import { isKubernetesError, KubernetesError } from '../errors.ts';
import { HeldLease } from './held-lease.ts';
import type { Leadership } from './held-lease.ts';
import { decideLease } from './lease-decision.ts';
import { readLease, writeLease } from './lease-object.ts';
import { leaseRecord } from './lease-record.ts';

/** Which Lease to lead by, and who asks for it. */
export interface LeadByLeaseOptions {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly name: string;
  /** Of this process and no other: two with the same would both lead. */
  readonly identity: string;
  /** How long others wait for a leader that says nothing, in milliseconds, in whole seconds. Default 15,000. */
  readonly leaseDurationMs?: number;
  /** After how long without a renewal a leader stops leading, in milliseconds; less than the above. Default 10,000. */
  readonly renewDeadlineMs?: number;
  /** Between renewals, and between looks of a candidate, in milliseconds. Default 2,000. */
  readonly retryPeriodMs?: number;
  /** Annotation of the Lease that holds the epoch. */
  readonly epochAnnotation: string;
  /** Ends the waiting; not the leading, which its disposal ends. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Waits until this process leads: it has written its identity into a Lease that nobody else holds. Each write replaces the version it was
 * decided on, so that of two candidates one fails. A leader stops leading `renewDeadlineMs` after its last renewal was *sent*, by its own
 * monotonic clock; others wait `leaseDurationMs` after they saw it, by theirs.
 *
 * @throws KubernetesError `KUBERNETES_CANCELLED` when the signal is aborted before; other failures are logged and tried again.
 */
export async function leadByLease(options: LeadByLeaseOptions): Promise<Leadership> {
  const settings = {
    leaseDurationMs: options.leaseDurationMs ?? 15_000,
    renewDeadlineMs: options.renewDeadlineMs ?? 10_000,
    retryPeriodMs: options.retryPeriodMs ?? 2_000,
    signal: options.signal ?? new AbortController().signal,
    logger: options.logger ?? silentLogger,
    now: options.now ?? Date.now,
  };
  if (settings.retryPeriodMs >= settings.renewDeadlineMs || settings.renewDeadlineMs >= settings.leaseDurationMs)
    throw new RangeError('leaseDurationMs must be more than renewDeadlineMs, and that more than retryPeriodMs');
  const { identity, epochAnnotation } = options;
  const { signal, logger, now, leaseDurationMs, retryPeriodMs } = settings;
  const seen = new SeenLease();
  let holder: string | undefined;
  while (!signal.aborted) {
    let waitMs = retryPeriodMs;
    try {
      const object = await readLease(options, signal);
      const decision = decideLease({
        lease: object === undefined ? undefined : leaseRecord(object, epochAnnotation),
        unchangedForMs: seen.unchangedForMs(object?.metadata.resourceVersion ?? ''),
        identity,
        leaseDurationMs,
        now: now(),
      });
      if (decision.kind === 'acquire') {
        const sentAtMs = performance.now();
        const written = await writeLease(options, object, decision.record, signal, now());
        logger.info('leading', { lease: options.name, identity, epoch: decision.record.epoch });
        return new HeldLease({ ...options, ...settings }, written, decision.record, sentAtMs);
      }
      waitMs = Math.min(retryPeriodMs, decision.forMs);
      if (holder !== decision.holder)
        logger.info('another process leads', { lease: options.name, holder: decision.holder });
      holder = decision.holder;
    } catch (error) {
      if (isKubernetesError(error, 'KUBERNETES_CANCELLED') && !isAborted(signal)) throw error;
      // Another candidate was faster: look at what it wrote.
      if (isKubernetesError(error, 'KUBERNETES_CONFLICT', 'KUBERNETES_EXISTS')) waitMs = 0;
      else if (!isAborted(signal)) logger.warn('lease could not be acquired', { lease: options.name, error });
    }
    await delay(waitMs, signal);
  }
  throw new KubernetesError(
    'KUBERNETES_CANCELLED',
    `waiting for Lease ${options.namespace}/${options.name} was cancelled`,
  );
}

/** Since when a Lease has been as it is, by our own clock. */
class SeenLease {
  #version: string | undefined;
  #sinceMs = 0;

  unchangedForMs(version: string): number {
    const now = performance.now();
    if (version !== this.#version) {
      this.#version = version;
      this.#sinceMs = now;
    }
    return now - this.#sinceMs;
  }
}
