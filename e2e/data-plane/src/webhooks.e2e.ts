import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CloudEvent } from 'cloudevents';
import {
  broker,
  type DataPlane,
  eventually,
  startDataPlane,
  suiteKafka,
  type SuiteKafka,
  trigger,
  type RecordingSubscriber,
  startRecordingSubscriber,
} from '@eventing-kafka/e2e-support';
import { type ContentMode, emitAll } from './emit.ts';
import { fingerprint, webhookEvents } from './webhook-events.ts';

/** Triggers of the suite: the path of the subscriber, and which events must come there. */
const routes = [
  { name: 'everything', spec: {}, takes: () => true },
  {
    name: 'pushes',
    spec: { filter: { attributes: { type: 'com.github.push' } } },
    takes: ({ type }: CloudEvent<unknown>) => type === 'com.github.push',
  },
  {
    name: 'pull-requests',
    spec: { filters: [{ prefix: { type: 'com.github.pull_request.' } }] },
    takes: ({ type }: CloudEvent<unknown>) => type.startsWith('com.github.pull_request.'),
  },
  {
    name: 'opened',
    spec: { filters: [{ suffix: { type: '.opened' } }, { not: { exact: { subject: 'nobody' } } }] },
    takes: ({ type }: CloudEvent<unknown>) => type.endsWith('.opened'),
  },
  {
    name: 'issues',
    spec: { filters: [{ cesql: "type LIKE 'com.github.issue%' AND EXISTS subject" }] },
    takes: ({ type }: CloudEvent<unknown>) => type.startsWith('com.github.issue'),
  },
] as const;

/** What a run came to, printed so that a person sees it. */
interface Ledger {
  readonly run: string;
  readonly sent: number;
  readonly delivered: number;
  readonly repeated: number;
  readonly lost: number;
}

describe('GitHub webhook payloads cross the broker', { timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let dataPlane: DataPlane;
  let subscriber: RecordingSubscriber;
  let kafka: SuiteKafka;

  before(async () => {
    stack = new AsyncDisposableStack();
    kafka = stack.use(await suiteKafka());
    subscriber = stack.use(await startRecordingSubscriber());
    dataPlane = stack.use(await startDataPlane(kafka));
  });
  after(() => stack.disposeAsync());

  /** A broker of its own for each run, with one trigger for each route. */
  async function serve(run: string): Promise<string> {
    const triggers = routes.map(({ name, spec }) =>
      trigger(`${run}-${name}`, run, `${subscriber.url}/${run}/${name}`, spec),
    );
    await dataPlane.manifests.write(`${run}.yaml`, broker(run), ...triggers);
    await dataPlane.ready(`Broker ${run}`, ...routes.map(({ name }) => `Trigger ${run}-${name}`));
    return `${dataPlane.ingressUrl}/default/${run}`;
  }

  /** Waits until all arrived, or nothing came for a while; then compares what came with what was sent, by content. */
  async function settle(run: string, sent: readonly CloudEvent<unknown>[]): Promise<Ledger> {
    const everything = `/${run}/everything`;
    const missing = (): readonly string[] => {
      const arrived = new Set(subscriber.received(everything).events.map(({ id }) => id));
      return sent.filter(({ id }) => !arrived.has(id)).map(({ id }) => id);
    };
    await eventually(`all events of ${run} arrive`, () => missing().length === 0, 60_000).catch((error: unknown) => {
      throw new Error(`lost: ${missing().slice(0, 20).join(', ')}`, { cause: error });
    });
    for (const { name, takes } of routes) {
      const expected = sent
        .filter((event) => takes(event))
        .map(fingerprint)
        .sort();
      const path = `/${run}/${name}`;
      await eventually(`${path} has its events`, () => subscriber.received(path).events.length >= expected.length);
      assert.deepEqual(subscriber.received(path).events.map(fingerprint).sort(), expected, path);
    }
    assert.deepEqual(subscriber.unreadable, []);
    const { events, repeated } = subscriber.received(everything);
    const ledger = { run, sent: sent.length, delivered: events.length, repeated, lost: missing().length };
    console.log(JSON.stringify(ledger));
    return ledger;
  }

  for (const mode of ['binary', 'structured'] satisfies ContentMode[]) {
    test(`in ${mode} mode every event arrives once, unchanged, at the triggers that want it`, async () => {
      const run = `webhooks-${mode}`;
      await using dispatcher = await dataPlane.startDispatcher(`${run}-dispatcher`);
      const url = await serve(run);
      const events = webhookEvents(run);
      await emitAll(events, { url, mode });
      const ledger = await settle(run, events);
      assert.equal(ledger.repeated, 0);
      assert.equal(await dispatcher.stop(), 0, dispatcher.output);
    });
  }

  test('with the dispatcher killed and restarted half-way, nothing is lost', async () => {
    const run = 'webhooks-killed';
    await using first = await dataPlane.startDispatcher(`${run}-dispatcher`);
    const url = await serve(run);
    // Several rounds, so that the kill comes amid deliveries.
    const rounds = ['a', 'b', 'c', 'd'].map((round) => webhookEvents(`${run}-${round}`));
    const events = rounds.flat();
    let killed: Promise<unknown> | undefined;
    const killHalfWay = (accepted: number): void => {
      if (accepted >= events.length / 4) killed ??= first.stop('SIGKILL');
    };
    for (const [index, round] of rounds.entries()) {
      const offset = index * round.length;
      const mode = index % 2 === 0 ? 'binary' : 'structured';
      await emitAll(round, { url, mode, afterEach: (accepted) => killHalfWay(offset + accepted) });
      if (index === 1) {
        await killed;
        const again = await dataPlane.startDispatcher(`${run}-dispatcher`);
        assert.ok(again.running);
      }
    }
    const ledger = await settle(run, events);
    assert.equal(ledger.lost, 0);
  });
});
