/**
 * The native handles of node-rdkafka, typed. Its JavaScript classes are stepped over for two reasons: their `connect` waits
 * for metadata on a thread of libuv's pool (four unreachable clusters would stop the process for 30 s), and they emit an
 * event per record and per delivery report.
 */
import rdkafka from 'node-rdkafka';
import type { OAuthTokenProvider } from '../cluster.ts';
import { KafkaError } from '../kafka-error.ts';
import type { ClientProperties, PropertyValue } from '../properties.ts';
import { firstToken, TokenRefresh } from './token-refresh.ts';

/** An error as the native side reports it. */
export interface NativeError {
  readonly code?: number;
  readonly message: string;
}

/** What `event_cb` is called with, by its first argument. */
export interface NativeLog {
  /** syslog level: 3 error, 4 warning, 6 info, 7 debug. */
  readonly severity: number;
  /** librdkafka's short name of what it is about, such as `CONSUME`. */
  readonly fac: string;
  readonly message: string;
}

/** Called on the main thread, through the event loop. */
export interface NativeEvents {
  readonly log?: (line: NativeLog) => void;
  readonly error?: (error: Error) => void;
}

/** A partition, and where to read from it: an offset, −2 for the first record, −1 for the end. */
export interface NativePartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

/** A record as it comes out of `consume`. Each header is an object of one property. */
export interface NativeMessage extends NativePartition {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly Readonly<Record<string, Buffer>>[];
}

type Done = (error: NativeError | null | undefined) => void;

interface NativeCallbacks {
  readonly global: Readonly<Record<string, unknown>>;
  readonly topic: Readonly<Record<string, unknown>>;
  readonly event: Readonly<Record<string, unknown>>;
}

interface NativeHandle {
  /** The token of OAUTHBEARER; before `connect` the first one. Throws when librdkafka does not take it. */
  setToken(token: string): void;
  configureCallbacks(add: boolean, callbacks: NativeCallbacks): void;
  connect(done: Done): void;
  disconnect(done: Done): void;
  getMetadata(
    options: { topic?: string; allTopics?: boolean; timeout: number },
    done: (error: NativeError | null, metadata: NativeMetadata) => void,
  ): void;
}

/** What is used of a native producer: it carries a mock cluster and asks it. */
export interface NativeProducer extends NativeHandle {
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    done: (error: NativeError | null, offsets: { lowOffset: number; highOffset: number }) => void,
  ): void;
}

/** Brokers and topics as a broker tells them. */
export interface NativeMetadata {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly id: number }[] }[];
}

/** What is used of a native consumer. Numbers returned are librdkafka's error codes, 0 when all is well. */
export interface NativeConsumer extends NativeHandle {
  subscribe(topics: readonly string[]): number;
  incrementalAssign(partitions: readonly NativePartition[]): void;
  incrementalUnassign(partitions: readonly NativePartition[]): void;
  unassign(): void;
  /** Runs on a thread of libuv's pool for `timeoutMs` at most after the last record. */
  consume(
    timeoutMs: number,
    maxRecords: number,
    done: (
      error: NativeError | null | undefined,
      messages: readonly NativeMessage[] | undefined,
      /** Partitions whose end was reached, and the offset there. */
      ends?: readonly (NativePartition & { readonly offset: number })[],
    ) => void,
  ): void;
  pause(partitions: readonly NativePartition[]): number;
  resume(partitions: readonly NativePartition[]): number;
  seek(partition: NativePartition, timeoutMs: number, done: Done): void;
}

/** A connected handle and how to let go of it. */
export interface OpenHandle<Handle> {
  readonly handle: Handle;
  /** Resolves when librdkafka let go, or after `timeoutMs`; it goes on letting go in the background then. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Makes a producer. Resolves before any broker is reached, but not before there is a token, if it needs one. Rejects with
 * KAFKA_INVALID_CONFIG, or KAFKA_AUTHENTICATION when there is no token.
 */
export function openProducer(properties: ClientProperties, events: NativeEvents): Promise<OpenHandle<NativeProducer>> {
  const producer = construct(properties, (client, topic) => new rdkafka.Producer(client, topic), events);
  const callbacks = { global: {}, topic: {}, event: { event_cb: eventCallback(events) } };
  return open(producer.getClient() as NativeProducer, callbacks, events, properties.tokens);
}

/** Checks properties of a producer, warning of those that librdkafka does not know. Throws KAFKA_INVALID_CONFIG. */
export function checkProducerProperties(properties: ClientProperties, warn: (text: string) => void): void {
  construct(properties, (client, topic) => new rdkafka.Producer(client, topic), { log: (line) => warn(line.message) });
}

/** Makes a consumer; otherwise as {@link openProducer}. */
export function openConsumer(
  properties: ClientProperties,
  events: NativeEvents,
  onRebalance: (code: number, partitions: readonly NativePartition[]) => void,
): Promise<OpenHandle<NativeConsumer>> {
  const consumer = construct(properties, (client, topic) => new rdkafka.KafkaConsumer(client, topic), events);
  const callbacks = {
    global: { rebalance_cb: onRebalance },
    topic: {},
    event: { event_cb: eventCallback(events) },
  };
  return open(consumer.getClient() as NativeConsumer, callbacks, events, properties.tokens);
}

function eventCallback(events: NativeEvents): (type: string, data: unknown) => void {
  return (type, data) => {
    if (type === 'log') events.log?.(data as NativeLog);
    else if (type === 'error') events.error?.(data as Error);
  };
}

/** Constructs, leaving out properties that librdkafka does not know, with a warning (dispatcher.md 4). */
function construct<Wrapper>(
  properties: ClientProperties,
  make: (client: Record<string, PropertyValue>, topic: Record<string, PropertyValue>) => Wrapper,
  events: NativeEvents,
): Wrapper {
  let client = { ...properties.client };
  let topic = { ...properties.topic };
  for (;;) {
    try {
      return make(client, topic);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const unknown = /No such configuration property: "([^"]+)"/.exec(message)?.[1];
      if (unknown === undefined || !(unknown in client || unknown in topic)) {
        throw new KafkaError('KAFKA_INVALID_CONFIG', `Kafka client settings are refused: ${message}`, { cause: error });
      }
      events.log?.({ severity: 4, fac: 'CONFIG', message: `unknown Kafka property ${unknown} is ignored` });
      client = without(client, unknown);
      topic = without(topic, unknown);
    }
  }
}

function without(properties: Record<string, PropertyValue>, name: string): Record<string, PropertyValue> {
  return Object.fromEntries(Object.entries(properties).filter(([other]) => other !== name));
}

async function open<Handle extends NativeHandle>(
  handle: Handle,
  callbacks: NativeCallbacks,
  events: NativeEvents,
  tokens: OAuthTokenProvider | undefined,
): Promise<OpenHandle<Handle>> {
  const first = tokens === undefined ? undefined : await firstToken(tokens);
  if (first !== undefined) handle.setToken(first.value);
  handle.configureCallbacks(true, callbacks);
  await new Promise<void>((resolve, reject) => {
    handle.connect((error) => {
      if (!error) return resolve();
      reject(
        new KafkaError('KAFKA_INVALID_CONFIG', `Kafka client settings are refused: ${error.message}`, { cause: error }),
      );
    });
  });
  const refresh =
    tokens === undefined || first === undefined
      ? undefined
      : new TokenRefresh(tokens, first, {
          use: (token) => handle.setToken(token),
          failed: (error) => events.error?.(error),
        });
  let closing: Promise<void> | undefined;
  return {
    handle,
    close(timeoutMs) {
      refresh?.[Symbol.dispose]();
      closing ??= new Promise<void>((resolve) => {
        handle.disconnect(() => {
          handle.configureCallbacks(false, callbacks);
          resolve();
        });
      });
      return within(closing, timeoutMs);
    },
  };
}

/** Resolves with `work`, or after `timeoutMs`. */
export async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
