import type { RefusedPart, Revision } from '@eventing-kafka/contract';
import type { ChannelCredentials, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { delay } from '../delay.ts';
import {
  ContractPushClient,
  type Hello,
  type Refusal,
  type SubscribeRequest,
  type SubscribeResponse,
} from '../generated/eventing_kafka/push/v1/push.ts';
import { channelOptions, limits, type Keepalive } from '../limits.ts';
import { toWireEgressState, toWireRefusedPart } from '../wire.ts';
import { writeMessage } from '../write-message.ts';
import type { StateReporter } from './state-reporter.ts';

const clientOptions = {
  // One connection a stream: neither gRPC's own back-off nor any other state of an earlier attempt delays the next one, and the
  // name is looked up anew.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
} as const;

/** One stream to a controller, and the connection below it. */
export class PushStream implements Disposable {
  readonly #client: ContractPushClient;
  readonly #call: ClientDuplexStream<SubscribeRequest, SubscribeResponse>;
  readonly #over = new AbortController();
  readonly #helloTimer: NodeJS.Timeout;
  #accepted = false;

  /** Begins to connect; `accepted` is called when a controller took the process in. */
  constructor(
    target: string,
    credentials: ChannelCredentials,
    keepalive: Keepalive | undefined,
    hello: Hello,
    metadata: Metadata,
    accepted: () => void,
  ) {
    this.#client = new ContractPushClient(target, credentials, { ...channelOptions(keepalive), ...clientOptions });
    this.#call = this.#client.subscribe(metadata);
    const close = (): void => this.#over.abort();
    // The error reaches whoever reads; without a listener it would end the process when nobody does.
    for (const event of ['error', 'status', 'end', 'close']) this.#call.on(event, close);
    this.#helloTimer = setTimeout(() => this.#call.cancel(), limits.helloTimeoutMs);
    this.#call.on('metadata', () => {
      clearTimeout(this.#helloTimer);
      if (this.#over.signal.aborted) return;
      this.#accepted = true;
      accepted();
    });
    void this.#write({ message: { $case: 'hello', value: hello } });
  }

  /** Whether a controller took the process in. */
  get accepted(): boolean {
    return this.#accepted;
  }

  /** Aborted when the stream is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** The pushes, one at a time: the next is asked for when the last was dealt with. Throws what ended the stream, unless that was a normal end. */
  pushes(): AsyncIterable<SubscribeResponse> {
    return this.#call as AsyncIterable<SubscribeResponse>;
  }

  async acknowledge(revision: Revision, refusedParts: readonly RefusedPart[]): Promise<void> {
    const parts = refusedParts.map(toWireRefusedPart);
    do {
      const some = parts.splice(0, limits.refusedPartsPerMessage);
      const value = { revision, refusal: undefined, refusedParts: some, moreFollows: parts.length > 0 };
      await this.#write({ message: { $case: 'acknowledgement', value } });
    } while (parts.length > 0);
  }

  /** Answers that a whole push was refused, and takes leave. */
  async refuse(revision: Revision, refusal: Refusal): Promise<void> {
    await this.#write({
      message: { $case: 'acknowledgement', value: { revision, refusal, refusedParts: [], moreFollows: false } },
    });
    await this.leave();
  }

  /** Ends the stream from this side and waits, for a short time, for the controller to have read all. */
  async leave(): Promise<void> {
    if (this.#accepted) {
      this.#call.end();
      await delay(limits.partingMs, this.#over.signal);
    }
    this.#call.cancel();
  }

  /** Sends what `reporter` has, as long as the stream lasts. */
  async reportFrom(reporter: StateReporter): Promise<void> {
    const over = this.#over.signal;
    while (!over.aborted) {
      await reporter.wakeup.wait(over);
      const states = reporter.take(limits.statesPerReport);
      if (states.length === 0) continue;
      const value = { egresses: states.map(toWireEgressState) };
      await this.#write({ message: { $case: 'stateReport', value } });
      await delay(limits.reportIntervalMs, over);
    }
  }

  #write(message: SubscribeRequest): Promise<boolean> {
    return writeMessage(this.#call, message, this.#over.signal);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#helloTimer);
    this.#over.abort();
    this.#call.cancel();
    this.#client.close();
  }
}
