import type { Logger } from '@eventing-kafka/logging';
import { status } from '@grpc/grpc-js';
import type { Hello, SubscribeRequest } from '../generated/eventing_kafka/push/v1/push.ts';
import { limits } from '../limits.ts';
import { claimedIdentity, type ClaimedIdentity, type ProcessGate } from './process-gate.ts';
import type { ProcessSession, PushStream } from './process-session.ts';

/** A process that was let in. */
export interface AdmittedProcess {
  readonly stream: PushStream;
  readonly identity: ClaimedIdentity;
  readonly hello: Hello;
  /** Of its certificate; absent without TLS. */
  readonly spiffeId: string | undefined;
  /** Aborted when the stream is over. */
  readonly closed: AbortSignal;
}

export interface StreamDoorOptions {
  readonly gate: ProcessGate;
  readonly logger: Logger;
  readonly takeIn: (process: AdmittedProcess) => ProcessSession;
}

/**
 * Where streams come in. One that does not say in time who it is, or that the gate does not admit, is ended; the messages of
 * the others go to their session.
 */
export class StreamDoor {
  readonly #options: StreamDoorOptions;
  /** Every stream, also those that have not said who they are. */
  readonly #streams = new Set<PushStream>();
  #isClosed = false;

  constructor(options: StreamDoorOptions) {
    this.#options = options;
  }

  accept(stream: PushStream): void {
    if (this.#isClosed) return endStream(stream, status.UNAVAILABLE, 'the controller is shutting down');
    if (this.#streams.size >= limits.maxProcesses) {
      return endStream(stream, status.RESOURCE_EXHAUSTED, `more than ${limits.maxProcesses} processes`);
    }
    const over = new AbortController();
    const close = (): void => over.abort();
    this.#streams.add(stream);
    const helloTimer = setTimeout(
      () => endStream(stream, status.DEADLINE_EXCEEDED, 'no hello came'),
      limits.helloTimeoutMs,
    );
    over.signal.addEventListener('abort', () => {
      clearTimeout(helloTimer);
      this.#streams.delete(stream);
    });
    for (const event of ['cancelled', 'close', 'error', 'finish']) stream.on(event, close);
    stream.on('end', () => stream.end());
    let session: ProcessSession | undefined;
    stream.on('data', (request: SubscribeRequest) => {
      if (over.signal.aborted) return;
      if (session !== undefined) return handle(session, stream, request);
      clearTimeout(helloTimer);
      // What comes next waits, with the process, until it is known who that is.
      stream.pause();
      this.#greet(stream, request, over.signal).then(
        (greeted) => {
          session = greeted;
          stream.resume();
        },
        (error: unknown) => {
          this.#options.logger.error('taking in a data-plane process failed', { peer: stream.getPeer(), error });
          endStream(stream, status.INTERNAL, 'the controller failed to take the process in');
        },
      );
    });
  }

  /** Takes in a process by its hello, if it may come in; else ends the stream. */
  async #greet(
    stream: PushStream,
    request: SubscribeRequest,
    closed: AbortSignal,
  ): Promise<ProcessSession | undefined> {
    const hello = request.message?.$case === 'hello' ? request.message.value : undefined;
    const identity = claimedIdentity(hello);
    if (hello === undefined || identity === undefined) {
      const why = 'the first message must be a hello with a node id, a kind, and few kinds of resources';
      this.#refuse(stream, status.INVALID_ARGUMENT, why, { reason: 'InvalidHello' });
      return undefined;
    }
    const { metadata } = stream;
    const certificate = stream.getAuthContext().sslPeerCertificate?.raw;
    const verdict = await this.#options.gate.admit(identity, { certificate, metadata }, closed);
    if (closed.aborted) return undefined;
    if (verdict.kind === 'denied') {
      const { code, reason, message, spiffeId } = verdict;
      this.#refuse(stream, code, message, { ...identity, spiffeId, reason });
      return undefined;
    }
    return this.#options.takeIn({ stream, identity, hello, spiffeId: verdict.spiffeId, closed });
  }

  #refuse(stream: PushStream, code: status, why: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.logger.warn('contract stream refused', { ...fields, peer: stream.getPeer(), why });
    endStream(stream, code, why);
  }

  /** Ends all streams, and whatever comes from now on. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) endStream(stream, status.UNAVAILABLE, 'the controller is shutting down');
  }
}

function handle(session: ProcessSession, stream: PushStream, { message }: SubscribeRequest): void {
  switch (message?.$case) {
    case 'acknowledgement':
      return session.acknowledge(message.value);
    case 'stateReport':
      return session.report(message.value);
    case 'hello':
      return endStream(stream, status.INVALID_ARGUMENT, 'only the first message may be a hello');
    case undefined:
      // A kind of message that a newer process knows and this version does not.
      return;
    default:
      message satisfies never;
  }
}

/** Ends a stream with a status that tells the process what to do: after `UNAVAILABLE` and `ABORTED` it comes back. */
export function endStream(stream: PushStream, code: status, details: string): void {
  if (!stream.writableEnded) stream.emit('error', { code, details });
}
