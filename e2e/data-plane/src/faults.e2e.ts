import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CloudEvent } from 'cloudevents';
import {
  type AppProcess,
  broker,
  type DataPlane,
  eventually,
  startDataPlane,
  trigger,
  type RecordingSubscriber,
  startRecordingSubscriber,
} from '@eventing-kafka/e2e-support';
import { type LocalKafka, startLocalKafka } from '@eventing-kafka/local-kafka';
import { emitAll } from './emit.ts';

const path = '/default/faults';

function events(round: string, count: number): readonly CloudEvent<unknown>[] {
  return Array.from(
    { length: count },
    (_, index) =>
      new CloudEvent({ id: `${round}-${index}`, source: '/faults', type: 'com.example.fault', data: { index } }),
  );
}

/** The answer to one event, posted without retries. */
function post(url: string, id: string): Promise<Response> {
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/faults', 'ce-type': 'com.example.fault' };
  return fetch(url, { method: 'POST', headers, body: 'x', signal: AbortSignal.timeout(30_000) });
}

// A Kafka of its own, because it is stopped half-way.
describe('parts go away and come back', { timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let kafka: LocalKafka;
  let subscriber: RecordingSubscriber;
  let dataPlane: DataPlane;
  let dispatcher: AppProcess;
  let url: string;

  before(async () => {
    stack = new AsyncDisposableStack();
    kafka = stack.use(await startLocalKafka());
    subscriber = stack.use(await startRecordingSubscriber());
    dataPlane = stack.use(await startDataPlane(kafka));
    url = `${dataPlane.ingressUrl}${path}`;
    dispatcher = await dataPlane.startDispatcher('dispatcher-1');
    await dataPlane.manifests.write('faults.yaml', broker('faults'), trigger('all', 'faults', `${subscriber.url}/all`));
    await dataPlane.ready('Broker faults', 'Trigger all');
  });
  after(() => stack.disposeAsync());

  async function arrive(sent: readonly CloudEvent<unknown>[]): Promise<void> {
    const missing = (): readonly string[] => {
      const ids = new Set(subscriber.received('/all').events.map(({ id }) => id));
      return sent.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
    };
    await eventually('all events arrive', () => missing().length === 0, 60_000).catch((error: unknown) => {
      throw new Error(`lost: ${missing().slice(0, 10).join(', ')}`, { cause: error });
    });
  }

  test('while Kafka is away events are refused with 503 and Retry-After within the limit, and taken again after', async () => {
    await kafka.kill();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => post(url, `away-${index}`)));
    for (const answer of answers) {
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      assert.notEqual(await answer.text(), '');
    }
    await kafka.restart();
    await eventually('events are taken again', async () => (await post(url, 'back-0')).status === 202, 60_000);
    const sent = events('after-kafka', 200);
    await emitAll(sent, { url, mode: 'binary' });
    await arrive(sent);
  });

  test('without the controller events go on, also through a receiver and a dispatcher that were started again', async () => {
    await dataPlane.controller.stop('SIGKILL');
    const before = events('no-controller', 100);
    await emitAll(before, { url, mode: 'binary' });
    await arrive(before);

    await Promise.all([dataPlane.receiver.stop('SIGKILL'), dispatcher.stop('SIGKILL')]);
    await dataPlane.restartReceiver();
    dispatcher = await dataPlane.startDispatcher('dispatcher-1');
    const after = events('restarted-without-controller', 100);
    await emitAll(after, { url, mode: 'structured' });
    await arrive(after);
  });

  test('a controller that comes back finds everything Ready, and changes reach the data plane again', async () => {
    await dataPlane.restartController();
    await dataPlane.ready('Broker faults', 'Trigger all');
    await dataPlane.manifests.write('late.yaml', trigger('late', 'faults', `${subscriber.url}/late`));
    await dataPlane.ready('Trigger late');
    const sent = events('late', 50);
    await emitAll(sent, { url, mode: 'binary' });
    await arrive(sent);
    await eventually('the new trigger has them too', () => subscriber.received('/late').events.length >= 50);
  });

  test('a receiver that is killed amid requests has produced every event it answered 202 to', async () => {
    const accepted: string[] = [];
    let next = 0;
    let killed: Promise<unknown> | undefined;
    const worker = async (): Promise<void> => {
      while (next < 2_000) {
        const id = `killed-${next++}`;
        const status = await post(url, id).then(
          ({ status }) => status,
          () => 0,
        );
        if (status === 202) accepted.push(id);
        if (accepted.length === 300) killed ??= dataPlane.receiver.stop('SIGKILL');
        if (killed !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    await killed;
    await dataPlane.restartReceiver();
    await eventually(`all ${accepted.length} accepted events arrive`, () => {
      const ids = new Set(subscriber.received('/all').events.map(({ id }) => id));
      return accepted.every((id) => ids.has(id));
    });
  });
});
