import type { ContractState, Revision } from '@eventing-kafka/contract';
import { compareRevisions } from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import { Metadata, Server, status } from '@grpc/grpc-js';
import { ContractPushService, type Hello } from '../generated/eventing_kafka/push/v1/push.ts';
import { ContractStreamError } from '../errors.ts';
import { channelOptions, limits } from '../limits.ts';
import { openServerSecurity } from '../security.ts';
import type {
  ConnectedProcess,
  ContractServer,
  ContractServerOptions,
  ExpectedProcess,
  ProcessKind,
  ServingStatus,
} from '../server-api.ts';
import { Wakeup } from '../wakeup.ts';
import { ContractViews } from './contract-views.ts';
import { servesResource, type DataPlaneScope, type PlacedResource } from '../data-plane-scope.ts';
import { DepartedRefusers } from './departed-refusers.ts';
import { listen, type Listener } from './listener.ts';
import { ProcessGate } from './process-gate.ts';
import { ProcessSession, type PushStream } from './process-session.ts';
import { PublishedContract } from './published-contract.ts';
import { processKey, Roster } from './roster.ts';
import { decideServingStatus, type Participant } from './serving-status.ts';
import { EncodedSizes } from './snapshot-parts.ts';
import { endStream, StreamDoor, type AdmittedProcess } from './stream-door.ts';

/** What the wire carries. */
const greatestEpoch = 2n ** 64n - 1n;

/**
 * Starts a controller's end of the push.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_PORT_IN_USE`, `CONTRACT_STREAM_LISTEN_FAILED` or `CONTRACT_STREAM_INVALID_SECURITY`
 */
export async function startContractServer(options: ContractServerOptions): Promise<ContractServer> {
  const server = new Server({ ...channelOptions(options.keepalive), 'grpc.max_concurrent_streams': 100 });
  if (options.authenticate !== undefined && options.security.kind === 'insecure') {
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      'Tokens are only asked for over TLS; give certificates, or do not authenticate processes',
    );
  }
  const security = openServerSecurity(options.security, options.logger);
  const contracts = new GrpcContractServer(options, security);
  server.addService(ContractPushService, { subscribe: (stream: PushStream) => contracts.door.accept(stream) });
  try {
    contracts.listener = await listen(server, options.host, options.port, security.credentials);
  } catch (error) {
    security[Symbol.dispose]();
    throw error;
  }
  options.logger.info('contract server listens', { host: options.host, port: contracts.port, epoch: options.epoch });
  return contracts;
}

class GrpcContractServer implements ContractServer {
  /** Set once, before anybody gets the server. */
  listener: Listener | undefined;
  readonly door: StreamDoor;
  readonly #logger: Logger;
  readonly #mayRaiseEpoch: boolean;
  readonly #openSecurity: Disposable;
  readonly #published: PublishedContract;
  readonly #views = new ContractViews();
  readonly #sizes = new EncodedSizes();
  /** By {@link processKey}, in the order of arrival. */
  readonly #sessions = new Map<string, { readonly session: ProcessSession; readonly stream: PushStream }>();
  readonly #departed = new DepartedRefusers({
    rememberMs: limits.refusalMemoryMs,
    forgotten: () => this.#changed(),
  });
  readonly #roster = new Roster();
  /** Made when it is asked for, of the answers since the last change. */
  #participants: readonly (Participant & DataPlaneScope)[] | undefined;
  readonly #watchers = new Set<Wakeup>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(
    { epoch, mayRaiseEpoch = false, security, authenticate, logger }: ContractServerOptions,
    openSecurity: Disposable,
  ) {
    this.#openSecurity = openSecurity;
    this.door = new StreamDoor({
      gate: new ProcessGate(security, authenticate),
      logger,
      takeIn: (process) => this.#takeIn(process),
    });
    this.#logger = logger;
    this.#mayRaiseEpoch = mayRaiseEpoch;
    this.#published = new PublishedContract(epoch);
  }

  get port(): number {
    return this.listener?.port ?? 0;
  }

  get revision(): Revision | undefined {
    return this.#published.current?.revision;
  }

  publish(contract: ContractState): Revision {
    const before = this.#published.current;
    const current = this.#published.publish(contract);
    if (current !== before) for (const { session } of this.#sessions.values()) session.wake();
    return current.revision;
  }

  processes(): readonly ConnectedProcess[] {
    return [...this.#sessions.values()].map(({ session }) => session.describe());
  }

  servingStatus(kind: ProcessKind, resourceUid: string, egressUid?: string): ServingStatus {
    const resource = this.#published.current?.state.resources.get(resourceUid);
    return decideServingStatus(
      this.#concerned(kind, resource),
      resourceUid,
      egressUid,
      this.#published.changedIn(resourceUid, egressUid),
    );
  }

  expectProcesses(expected: readonly ExpectedProcess[] | undefined): void {
    if (this.#roster.expect(expected)) this.#changed();
  }

  absent(): readonly ExpectedProcess[] {
    return this.#roster.absent(this.#connected());
  }

  waitingFor(kind: ProcessKind, revision: Revision, concerning?: PlacedResource): readonly string[] {
    return this.#concerned(kind, concerning)
      .filter(
        ({ isAwaited, acknowledged }) =>
          isAwaited && (acknowledged === undefined || compareRevisions(acknowledged, revision) < 0),
      )
      .map(({ nodeId }) => nodeId);
  }

  #connected(): ProcessSession[] {
    return [...this.#sessions.values()].map(({ session }) => session);
  }

  /** Whose answers count about a resource; without one, about anything. */
  #concerned(kind: ProcessKind, resource: PlacedResource | undefined): readonly Participant[] {
    this.#participants ??= this.#roster.participants(this.#connected(), this.#departed.sessions());
    return this.#participants.filter(
      (process) => process.kind === kind && (resource === undefined || servesResource(process, resource)),
    );
  }

  /** Gets ahead of what a process was served by another controller, if that may be; otherwise it will refuse what it is pushed. */
  #overtake({ nodeId, lastApplied }: Hello): void {
    if (!this.#mayRaiseEpoch || lastApplied === undefined) return;
    const { epoch, current } = this.#published;
    if (compareRevisions(lastApplied, { epoch, generation: current?.revision.generation ?? 0n }) <= 0) return;
    const raised = lastApplied.epoch + 1n;
    if (raised > greatestEpoch) return;
    this.#published.raiseEpoch(raised);
    this.#logger.warn(
      'epoch raised: the process was served by a controller ahead of this one; was the clock set back?',
      {
        nodeId,
        lastApplied,
        epoch: raised,
        before: epoch,
      },
    );
    for (const session of this.#connected()) session.wake();
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const wakeup = new Wakeup();
    const over = AbortSignal.any([signal, this.#closing.signal]);
    this.#watchers.add(wakeup);
    try {
      while (!over.aborted) {
        yield;
        await wakeup.wait(over);
      }
    } finally {
      this.#watchers.delete(wakeup);
    }
  }

  #changed(): void {
    this.#participants = undefined;
    for (const watcher of this.#watchers) watcher.notify();
  }

  #takeIn({ stream, identity, hello, spiffeId, closed }: AdmittedProcess): ProcessSession {
    const { lastApplied } = hello;
    this.#overtake(hello);
    const key = processKey(identity);
    const older = this.#sessions.get(key);
    if (older !== undefined) {
      this.#logger.info('contract stream replaced by a newer one of the same process', { ...identity });
      this.#sessions.delete(key);
      endStream(older.stream, status.ABORTED, 'a newer stream of the same node id took over');
    }
    const session = new ProcessSession({
      stream,
      identity,
      cameWithContract: lastApplied !== undefined,
      spiffeId,
      earlierRefusal: (older?.session ?? this.#departed.take(key))?.refusedPush,
      published: this.#published,
      views: this.#views,
      sizes: this.#sizes,
      logger: this.#logger,
      changed: () => this.#changed(),
      end: (why) => endStream(stream, status.INVALID_ARGUMENT, why),
      closed,
    });
    const entry = { session, stream };
    this.#sessions.set(key, entry);
    this.#logger.info('data-plane process connected', {
      ...identity,
      peer: stream.getPeer(),
      spiffeId,
      lastApplied,
    });
    closed.addEventListener('abort', () => {
      if (this.#sessions.get(key) !== entry) return;
      this.#sessions.delete(key);
      if (!this.#closing.signal.aborted) this.#departed.add(key, session);
      this.#logger.info('data-plane process disconnected', { ...identity });
      this.#changed();
    });
    // Tells the process that it is known, also when there is nothing to push yet.
    stream.sendMetadata(new Metadata());
    this.#changed();
    session.run().catch((error: unknown) => {
      this.#logger.error('pushing to a data-plane process failed', { ...identity, error });
      endStream(stream, status.INTERNAL, 'the controller failed to push');
    });
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#departed[Symbol.dispose]();
    this.door.close();
    await this.listener?.close(limits.shutdownMs);
    this.#openSecurity[Symbol.dispose]();
    this.#logger.info('contract server closed', { port: this.port });
  }
}
