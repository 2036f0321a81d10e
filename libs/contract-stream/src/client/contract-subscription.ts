import { ContractApplier } from '@eventing-kafka/contract-applier';
import {
  emptyContractState,
  type ContractState,
  type ContractUpdateParts,
  type EgressRuntimeState,
  type RefusedPart,
  type Revision,
} from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import { Metadata, status } from '@grpc/grpc-js';
import { before } from '../deadline.ts';
import { delay } from '../delay.ts';
import { ContractStreamError } from '../errors.ts';
import type { Hello, Refusal } from '../generated/eventing_kafka/push/v1/push.ts';
import { limits } from '../limits.ts';
import { openClientSecurity, type ClientSecurity } from '../security.ts';
import type { ContractSubscription, ContractSubscriptionOptions } from '../subscription-api.ts';
import { toWireKind } from '../wire.ts';
import { PushReader, type HeldContract } from './push-reader.ts';
import { PushStream } from './push-stream.ts';
import { reconnectMs } from './reconnecting.ts';
import { readSnapshotFile } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { StateReporter } from './state-reporter.ts';
import { grpcTarget } from './target.ts';

/** Of failures in a row the first is a warning, then every so many; the others are there for whoever debugs. */
const failuresPerWarning = 10;

/**
 * Starts a data-plane process's end of the push. What is on disk is applied first, so that a process serves at once; then the
 * controller is looked for in the background, for as long as it takes.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_TARGET` or `CONTRACT_STREAM_INVALID_SECURITY`. An unreachable controller is no
 *   error: it is logged, and tried again.
 */
export async function subscribeToContracts(options: ContractSubscriptionOptions): Promise<ContractSubscription> {
  const target = grpcTarget(options.target);
  if (options.token !== undefined && options.security.kind === 'insecure') {
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      'A token is only sent over TLS; give certificates, or no token',
    );
  }
  const security = openClientSecurity(options.security, options.logger);
  const subscription = new GrpcContractSubscription(options, target, security);
  await subscription.applySnapshotFile();
  subscription.connect();
  return subscription;
}

interface FollowedStream {
  /** It brought at least one push that was taken. */
  readonly applied: boolean;
  /** A controller took the process in. */
  readonly accepted: boolean;
  /** What ended it. */
  readonly error: ContractStreamError;
}

class GrpcContractSubscription implements ContractSubscription {
  readonly firstApplied: Promise<void>;
  readonly #options: ContractSubscriptionOptions;
  readonly #target: string;
  readonly #security: ClientSecurity;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #applier: ContractApplier;
  readonly #keeper: SnapshotKeeper | undefined;
  readonly #reporter = new StateReporter();
  readonly #closing = new AbortController();
  readonly #first = Promise.withResolvers<undefined>();
  /** What was received last: what deltas build on. */
  #held: HeldContract | undefined;
  /** What was applied last: what acknowledgements are about. Behind `#held` while `apply` runs. */
  #applied: Revision | undefined;
  #stream: PushStream | undefined;
  #connecting: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: ContractSubscriptionOptions, target: string, security: ClientSecurity) {
    this.#options = options;
    this.#target = target;
    this.#security = security;
    this.#random = options.random ?? Math.random;
    this.#logger = options.logger.child({ controller: options.target });
    this.firstApplied = this.#first.promise;
    // Whoever does not wait for it must not be ended by its rejection.
    this.firstApplied.catch(() => undefined);
    this.#keeper =
      options.snapshotFile === undefined
        ? undefined
        : new SnapshotKeeper(options.snapshotFile, options.identity, this.#logger);
    this.#applier = new ContractApplier({
      apply: options.apply,
      logger: this.#logger,
      random: this.#random,
      answered: (revision, state) => {
        this.#first.resolve(undefined);
        this.#keeper?.keep({ revision, state });
      },
      retried: () => void this.#acknowledge(),
    });
  }

  get revision(): Revision | undefined {
    return this.#applied;
  }

  get connected(): boolean {
    return this.#stream?.accepted === true && !this.#stream.over.aborted;
  }

  get refusedParts(): readonly RefusedPart[] {
    return this.#applier.refusedParts();
  }

  report(states: readonly EgressRuntimeState[]): void {
    this.#reporter.report(states, this.#held?.state ?? emptyContractState);
  }

  async applySnapshotFile(): Promise<void> {
    const { snapshotFile, identity } = this.#options;
    if (snapshotFile === undefined) return;
    try {
      const held = await readSnapshotFile(snapshotFile, identity);
      if (held === undefined) return;
      this.#keeper?.found(held);
      this.#logger.info('contract taken from disk', {
        file: snapshotFile,
        ...held.revision,
        resources: held.state.resources.size,
      });
      await this.#take(held.revision, asUpdate(held.state));
    } catch (error) {
      this.#logger.warn('contract snapshot not used', { file: snapshotFile, error });
    }
  }

  connect(): void {
    this.#connecting = this.#stayConnected(this.#closing.signal);
  }

  async #stayConnected(closing: AbortSignal): Promise<void> {
    let failures = 0;
    let connectedAt = performance.now();
    while (!closing.aborted) {
      const { applied, accepted, error } = await this.#followOneStream(closing);
      failures = applied ? 1 : failures + 1;
      if (accepted) connectedAt = performance.now();
      await this.#pause(failures, performance.now() - connectedAt, error, closing);
    }
  }

  async #pause(failures: number, goneMs: number, error: ContractStreamError, closing: AbortSignal): Promise<void> {
    if (closing.aborted) return;
    const waitMs = reconnectMs(failures, goneMs, isRefused(error), this.#random);
    const fields = { error, failures, waitMs: Math.round(waitMs) };
    if (failures % failuresPerWarning === 1) this.#logger.warn('no contract stream; what was served goes on', fields);
    else this.#logger.debug('no contract stream; what was served goes on', fields);
    await delay(waitMs, closing);
  }

  /** Follows one stream to its end. */
  async #followOneStream(closing: AbortSignal): Promise<FollowedStream> {
    let metadata: Metadata;
    try {
      metadata = await this.#callMetadata(closing);
    } catch (cause) {
      const why = `the token cannot be had: ${cause instanceof Error ? cause.message : String(cause)}`;
      return { applied: false, accepted: false, error: this.#streamError(why, cause) };
    }
    const { keepalive } = this.#options;
    const credentials = this.#security.credentials();
    using stream = new PushStream(this.#target, credentials, keepalive, this.#hello(), metadata, () => {
      this.#logger.info('connected to the controller');
      this.#reporter.tellAll();
    });
    this.#stream = stream;
    const leave = (): void => void stream.leave();
    closing.addEventListener('abort', leave, { once: true });
    const reporting = stream.reportFrom(this.#reporter);
    let applied = false;
    let error: ContractStreamError | undefined;
    try {
      const reader = new PushReader();
      for await (const response of stream.pushes()) {
        if (closing.aborted) break;
        const read = reader.read(response, this.#held);
        if (read.kind === 'update') {
          await this.#take(read.revision, read.update);
          await this.#acknowledge();
          applied = true;
        } else if (read.kind === 'refused') {
          error = refusedError(read.refusal);
          this.#logger.warn('contract push refused', { ...read.revision, error });
          await stream.refuse(read.revision, read.refusal);
          break;
        }
      }
      error ??= this.#streamError('the controller ended the stream');
    } catch (cause) {
      error = this.#streamError(cause instanceof Error ? cause.message : String(cause), cause);
    } finally {
      closing.removeEventListener('abort', leave);
      stream[Symbol.dispose]();
      await reporting;
    }
    return { applied, accepted: stream.accepted, error };
  }

  async #callMetadata(closing: AbortSignal): Promise<Metadata> {
    const metadata = new Metadata();
    const { token } = this.#options;
    if (token === undefined) return metadata;
    const soon = AbortSignal.any([closing, AbortSignal.timeout(limits.helloTimeoutMs)]);
    metadata.set('authorization', `Bearer ${await before(soon, token())}`);
    return metadata;
  }

  #hello(): Hello {
    const { nodeId, kind, namespace, resourceKinds = [] } = this.#options.identity;
    return { nodeId, kind: toWireKind(kind), namespace, lastApplied: this.revision, resourceKinds: [...resourceKinds] };
  }

  async #take(revision: Revision, update: ContractUpdateParts): Promise<void> {
    const { resources, trustBundles, changedUids, removedUids } = update;
    // Held from now on even if parts are refused: deltas build on what was received, and refusals are answered part by part.
    this.#held = { revision, state: { resources, trustBundles } };
    this.#reporter.forget([...changedUids, ...removedUids], this.#held.state);
    await this.#applier.update(revision, update);
    this.#applied = revision;
    const refused = this.#applier.refusedParts().length;
    this.#logger.debug('contract applied', {
      ...revision,
      changed: changedUids.length,
      removed: removedUids.length,
      refused,
    });
  }

  async #acknowledge(): Promise<void> {
    if (this.#applied === undefined || this.#stream === undefined) return;
    await this.#stream.acknowledge(this.#applied, this.#applier.refusedParts());
  }

  #streamError(why: string, cause?: unknown): ContractStreamError {
    if (cause instanceof Error && 'code' in cause && cause.code === status.PERMISSION_DENIED) {
      return new ContractStreamError(
        'CONTRACT_STREAM_UNAUTHORIZED',
        `The controller at ${this.#options.target} does not take this process in (${why}); check whom it allows`,
        { cause },
      );
    }
    const remedy = 'check that a controller listens there and that both ends agree on TLS';
    return new ContractStreamError(
      'CONTRACT_STREAM_UNREACHABLE',
      `No contract stream to ${this.#options.target} (${why}); ${remedy}`,
      { cause },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#connecting;
    this.#security[Symbol.dispose]();
    await this.#applier.close();
    await this.#keeper?.[Symbol.asyncDispose]();
    const message = 'The subscription was disposed before a contract was applied';
    this.#first.reject(new ContractStreamError('CONTRACT_STREAM_CLOSED', message));
  }
}

/** The controller is there; asking it again soon helps nobody. */
function isRefused({ code }: ContractStreamError): boolean {
  return code === 'CONTRACT_STREAM_REFUSED' || code === 'CONTRACT_STREAM_UNAUTHORIZED';
}

/** A whole contract as the update of nothing. */
function asUpdate(state: ContractState): ContractUpdateParts {
  return { ...state, changedUids: [...state.resources.keys()], removedUids: [] };
}

function refusedError({ reason, message }: Refusal): ContractStreamError {
  return new ContractStreamError('CONTRACT_STREAM_REFUSED', `${reason}: ${message}`);
}
