import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { lanes, type SentEvent } from './entries.ts';
import type { Ledger } from './ledger.ts';

/** What to post, and where. */
export interface LoadOptions {
  /** Start of every id. */
  readonly prefix: string;
  /** The receivers, with the path of the broker. A new attempt goes to the next one. */
  readonly urls: readonly string[];
  readonly keys: number;
  readonly eventsPerSecond: number;
  readonly connectionsPerReceiver: number;
}

/** Events that are posted until it is stopped. */
export interface Load {
  /** Begins no new event and goes on with those under way until each has its 202, 30 s at most. */
  stop(): Promise<void>;
}

const attemptTimeoutMs = 5_000;
const pauseBetweenAttemptsMs = 100;
const graceMs = 30_000;

/**
 * Posts events at a steady rate, each key by itself and one after the other: the next event of a key is not sent before the last got
 * its 202, so that the order of a key is known.
 *
 * An event without a 202 is posted again under the same id, for as long as it takes. An attempt that was not answered, or with 5xx,
 * may have been stored; the ledger is told, because what is stored twice may be delivered twice.
 */
export function startLoad(ledger: Ledger, options: LoadOptions): Load {
  const { prefix, urls, keys, eventsPerSecond, connectionsPerReceiver } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsPerReceiver });
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const intervalMs = (keys / eventsPerSecond) * 1000;

  const postUntilAccepted = async (event: SentEvent, firstReceiver: number): Promise<void> => {
    for (let attempt = firstReceiver; !giveUp.signal.aborted; attempt += 1) {
      const status = await post(agent, urls[attempt % urls.length] ?? '', event).catch(() => undefined);
      if (status === 202) {
        event.acceptedAtMs = performance.now();
        return;
      }
      if (status === undefined || status >= 500) event.unanswered += 1;
      await pause(pauseBetweenAttemptsMs, giveUp.signal);
    }
  };

  const keepPosting = async (keyNumber: number): Promise<void> => {
    const key = `key-${keyNumber}`;
    // Keys begin one after the other, so that they do not all post at the same moment.
    await pause((intervalMs * keyNumber) / keys, stopping.signal);
    for (let sequence = 0; !stopping.signal.aborted; sequence += 1) {
      const firstSentAtMs = performance.now();
      const lane = lanes[sequence % lanes.length] ?? 'both';
      const id = `${prefix}-${keyNumber}-${sequence}`;
      const event: SentEvent = { id, key, sequence, lane, firstSentAtMs, acceptedAtMs: undefined, unanswered: 0 };
      ledger.begin(event);
      await postUntilAccepted(event, keyNumber + sequence);
      // What was held up is not made up for: the rate is a ceiling.
      await pause(firstSentAtMs + intervalMs - performance.now(), stopping.signal);
    }
  };

  const running = Promise.all(Array.from({ length: keys }, (_, keyNumber) => keepPosting(keyNumber)));
  return {
    async stop() {
      stopping.abort();
      const tooLong = setTimeout(() => giveUp.abort(), graceMs);
      await running;
      clearTimeout(tooLong);
      agent.destroy();
    },
  };
}

/** The status of one attempt; rejects when there was no answer. */
function post(agent: Agent, url: string, { id, key, lane }: SentEvent): Promise<number> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': '/ledger',
    'ce-type': 'com.example.entry',
    'ce-partitionkey': key,
    'ce-lane': lane,
    'content-type': 'application/json',
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(attemptTimeoutMs);
    const posted = request(url, { method: 'POST', agent, headers, signal }, (response) => {
      response.on('error', reject).on('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    posted.on('error', reject).end(JSON.stringify({ id }));
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
