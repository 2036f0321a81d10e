import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeepPartial } from '@eventing-kafka/contract';
import {
  ChannelCredentials,
  Server,
  ServerCredentials,
  status,
  type ClientDuplexStream,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import { broker, stateOf, trigger } from '../testing/contracts.ts';
import { recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import {
  ContractPushClient,
  ContractPushService,
  ProcessKind,
  SubscribeRequest,
  SubscribeResponse,
  type Acknowledgement,
} from './generated/eventing_kafka/push/v1/push.ts';

/** A controller that says what a test wants, and nothing by itself. */
interface ScriptedController extends AsyncDisposable {
  readonly port: number;
  /** Streams that said hello, in order. */
  readonly streams: ServerDuplexStream<SubscribeRequest, SubscribeResponse>[];
  readonly requests: SubscribeRequest[];
  acknowledgements(): Acknowledgement[];
  push(response: DeepPartial<SubscribeResponse>): void;
}

async function startScriptedController(): Promise<ScriptedController> {
  const streams: ServerDuplexStream<SubscribeRequest, SubscribeResponse>[] = [];
  const requests: SubscribeRequest[] = [];
  const server = new Server();
  server.addService(ContractPushService, {
    subscribe: (stream: ServerDuplexStream<SubscribeRequest, SubscribeResponse>) => {
      streams.push(stream);
      stream.on('data', (request: SubscribeRequest) => requests.push(request));
      stream.on('end', () => stream.end());
      stream.on('error', () => undefined);
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  return {
    port: await promise,
    streams,
    requests,
    acknowledgements: () =>
      requests.flatMap(({ message }) => (message?.$case === 'acknowledgement' ? [message.value] : [])),
    push: (response) => streams.at(-1)!.write(SubscribeResponse.fromPartial(response)),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await Promise.resolve();
    },
  };
}

const at = (epoch: bigint, generation: bigint) => ({ epoch, generation });
const snapshot = (...uids: string[]) => ({
  $case: 'snapshot' as const,
  value: { resources: uids.map((uid) => broker(uid)) },
});

describe('a subscriber', () => {
  const refusals: Record<string, [reason: string, push: DeepPartial<SubscribeResponse>]> = {
    'of an older epoch': ['OldEpoch', { revision: at(1n, 99n), push: snapshot('b') }],
    'of an older generation': ['OldGeneration', { revision: at(2n, 4n), push: snapshot('b') }],
    'of the same generation again': ['OldGeneration', { revision: at(2n, 5n), push: snapshot('b') }],
    'without revision': ['OldEpoch', { push: snapshot('b') }],
    'on an unknown base': [
      'UnknownBase',
      { revision: at(2n, 7n), push: { $case: 'delta', value: { base: at(2n, 6n), changes: [] } } },
    ],
    'on no base': ['UnknownBase', { revision: at(2n, 6n), push: { $case: 'delta', value: {} } }],
    'of no kind': ['UnknownPush', { revision: at(2n, 6n) }],
    'that changes a part of what is not there': [
      'InvalidDelta',
      {
        revision: at(2n, 6n),
        push: {
          $case: 'delta',
          value: { base: at(2n, 5n), changes: [{ uid: 'b', upsertedEgresses: [trigger('b', 0)] }] },
        },
      },
    ],
  };
  for (const [name, [reason, push]] of Object.entries(refusals)) {
    test(`security 8 V2 refuses a push ${name}, says so, and comes back for a snapshot`, async () => {
      await using controller = await startScriptedController();
      const { logger, lines } = recordingLogger();
      const process = served();
      await using subscription = await subscribe(controller.port, process.apply, { logger });
      await until('it said hello', () => controller.requests.length === 1);
      controller.push({ revision: at(2n, 5n), push: snapshot('a') });
      await until('it acknowledged', () => controller.acknowledgements().length === 1);
      controller.push(push);
      await until('it refused', () => controller.acknowledgements().length === 2);
      assert.equal(controller.acknowledgements()[1]?.refusal?.reason, reason);
      assert.ok(lines.some((line) => line.includes('contract push refused') && line.includes(reason)));
      await until('it came back', () => controller.streams.length === 2 && controller.requests.length === 4);
      const hello = controller.requests[3]?.message;
      assert.deepEqual(hello?.$case === 'hello' && hello.value.lastApplied, at(2n, 5n));
      assert.deepEqual(
        process.updates.map(({ changedUids }) => changedUids),
        [['a']],
      );
      assert.deepEqual(subscription.revision, at(2n, 5n));

      controller.push({ revision: at(2n, 5n), push: snapshot('a') });
      await until(
        'it acknowledged the same revision on the new stream',
        () => controller.acknowledgements().length === 3,
      );
      controller.push({
        revision: at(2n, 6n),
        push: { $case: 'delta', value: { base: at(2n, 5n), removedResourceUids: ['a'] } },
      });
      await until('it goes on from there', () => process.latest()!.removedUids.length === 1);
    });
  }

  test('refuses a snapshot whose parts do not belong together', async () => {
    await using controller = await startScriptedController();
    const process = served();
    await using _subscription = await subscribe(controller.port, process.apply);
    for (const second of [
      { revision: at(1n, 2n), push: snapshot('b') },
      { revision: at(1n, 2n), push: { $case: 'delta' as const, value: { base: at(1n, 1n) } } },
    ]) {
      const seen = controller.acknowledgements().length;
      const streams = controller.streams.length;
      await until('it is there', () => controller.streams.length > 0 && controller.streams.at(-1)?.writable === true);
      controller.push({
        revision: at(1n, 1n),
        push: { $case: 'snapshot', value: { resources: [broker('a')], moreFollows: true } },
      });
      controller.push(second);
      await until('it refused', () => controller.acknowledgements().length === seen + 1);
      assert.equal(controller.acknowledgements().at(-1)?.refusal?.reason, 'MixedSnapshot');
      await until('it came back', () => controller.streams.length > streams);
    }
    assert.equal(process.updates.length, 0);
  });

  test('puts the parts of a snapshot together, and applies nothing before the last', async () => {
    await using controller = await startScriptedController();
    const process = served();
    await using subscription = await subscribe(controller.port, process.apply);
    await until('it said hello', () => controller.requests.length === 1);
    const egress = (index: number) => ({ uid: 'a', egresses: [trigger('a', index)] });
    controller.push({
      revision: at(1n, 1n),
      push: { $case: 'snapshot', value: { resources: [broker('x'), broker('a', 1)], moreFollows: true } },
    });
    controller.push({
      revision: at(1n, 1n),
      push: { $case: 'snapshot', value: { resources: [egress(1)], moreFollows: true } },
    });
    controller.push({
      revision: at(1n, 1n),
      push: { $case: 'snapshot', value: { resources: [egress(2), broker('y')] } },
    });
    await subscription.firstApplied;
    assert.equal(process.updates.length, 1);
    assert.deepEqual([...process.latest()!.resources.keys()], ['x', 'a', 'y']);
    assert.deepEqual(
      process
        .latest()!
        .resources.get('a')!
        .egresses.map(({ uid }) => uid),
      ['a-e0', 'a-e1', 'a-e2'],
    );
  });

  test('refuses a resource that cannot be right, serves the one before it, and takes the others', async () => {
    await using controller = await startScriptedController();
    const process = served();
    await using _subscription = await subscribe(controller.port, process.apply);
    await until('it said hello', () => controller.requests.length === 1);
    controller.push({ revision: at(1n, 1n), push: snapshot('a', 'b') });
    await until('it acknowledged', () => controller.acknowledgements().length === 1);
    const bad = (uid: string) => ({ uid, resource: broker(uid, 0, { topics: [] }) });
    controller.push({
      revision: at(1n, 2n),
      push: {
        $case: 'delta',
        value: { base: at(1n, 1n), changes: [bad('a'), { uid: 'b', upsertedEgresses: [trigger('b', 1)] }, bad('c')] },
      },
    });
    await until('it answered', () => controller.acknowledgements().length === 2);
    const parts = controller.acknowledgements()[1]!.refusedParts;
    assert.deepEqual(
      parts.map(({ resourceUid, refusal }) => [resourceUid, refusal?.reason]),
      [
        ['a', 'InvalidResource'],
        ['c', 'InvalidResource'],
      ],
    );
    assert.deepEqual(process.latest()!.changedUids, ['b']);
    assert.deepEqual(process.latest()!.resources.get('a'), broker('a'));
    assert.equal(process.latest()!.resources.has('c'), false);

    controller.push({
      revision: at(1n, 3n),
      push: {
        $case: 'delta',
        value: { base: at(1n, 2n), changes: [{ uid: 'a', resource: broker('a', 0) }], removedResourceUids: ['c'] },
      },
    });
    await until('it answered', () => controller.acknowledgements().length === 3);
    assert.deepEqual(controller.acknowledgements()[2]!.refusedParts, []);
    assert.deepEqual(process.latest()!.changedUids, ['a']);
  });
});

/** How a stream ended. */
function statusOf(stream: ClientDuplexStream<SubscribeRequest, SubscribeResponse>): Promise<status> {
  const { promise, resolve } = Promise.withResolvers<status>();
  stream.on('status', ({ code }) => resolve(code));
  return promise;
}

describe('a server', () => {
  const hello = (nodeId = 'node-1'): DeepPartial<SubscribeRequest> => ({
    message: { $case: 'hello', value: { nodeId, kind: ProcessKind.PROCESS_KIND_DISPATCHER } },
  });
  const acknowledge = (revision: { epoch: bigint; generation: bigint }): DeepPartial<SubscribeRequest> => ({
    message: { $case: 'acknowledgement', value: { revision } },
  });

  function open(
    port: number,
    ...requests: DeepPartial<SubscribeRequest>[]
  ): Disposable & { stream: ClientDuplexStream<SubscribeRequest, SubscribeResponse>; responses: SubscribeResponse[] } {
    const client = new ContractPushClient(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
    const stream = client.subscribe();
    const responses: SubscribeResponse[] = [];
    stream.on('data', (response: SubscribeResponse) => responses.push(response));
    stream.on('error', () => undefined);
    for (const request of requests) stream.write(SubscribeRequest.fromPartial(request));
    return {
      stream,
      responses,
      [Symbol.dispose]() {
        stream.cancel();
        client.close();
      },
    };
  }

  const impolite: Record<string, DeepPartial<SubscribeRequest>[]> = {
    'says something else first': [acknowledge(at(1n, 1n))],
    'has no node id': [hello('')],
    'has no kind': [{ message: { $case: 'hello', value: { nodeId: 'node-1' } } }],
    'says hello twice': [hello(), hello()],
  };
  for (const [name, requests] of Object.entries(impolite)) {
    test(`ends the stream of a process that ${name}`, async () => {
      await using server = await serve();
      using process = open(server.port, ...requests);
      assert.equal(await statusOf(process.stream), status.INVALID_ARGUMENT);
      assert.deepEqual(server.processes(), []);
    });
  }

  test('ignores an answer to an older push, and to one it never made', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    using process = open(server.port, hello());
    const say = (request: DeepPartial<SubscribeRequest>) => process.stream.write(SubscribeRequest.fromPartial(request));
    await until('the snapshot came', () => process.responses.length === 1);
    say(acknowledge(at(1n, 1n)));
    await until('it is acknowledged', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    server.publish(stateOf(broker('a', 2)));
    await until('the first delta came', () => process.responses.length === 2);
    say(acknowledge(at(1n, 2n)));
    server.publish(stateOf(broker('a', 3)));
    await until('the second delta came', () => process.responses.length === 3);
    say(acknowledge(at(1n, 1n)));
    say(acknowledge(at(7n, 7n)));
    say({
      message: { $case: 'stateReport', value: { egresses: [{ resourceUid: 'a', egressUid: 'a-e0', phase: 1 }] } },
    });
    await until('the messages after them were read', () => server.processes()[0]?.egressStates.length === 1);
    assert.deepEqual(server.processes()[0]?.acknowledged, at(1n, 2n));
    assert.equal(server.servingStatus('dispatcher', 'a', 'a-e2').kind, 'pending');
  });

  test('sends a snapshot to a process that refused a push and stayed', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    using process = open(server.port, hello());
    await until('the snapshot came', () => process.responses.length === 1);
    const refusal = { reason: 'OldEpoch', message: 'older' };
    process.stream.write(
      SubscribeRequest.fromPartial({ message: { $case: 'acknowledgement', value: { revision: at(1n, 1n), refusal } } }),
    );
    await until('the refusal is known', () => server.servingStatus('dispatcher', 'a').kind === 'refused');
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e0'), {
      kind: 'refused',
      refusals: [{ nodeId: 'node-1', ...refusal }],
    });
    server.publish(stateOf(broker('a', 2)));
    await until('another snapshot came', () => process.responses.length === 2);
    assert.equal(process.responses[1]?.push?.$case, 'snapshot');
  });

  test('ends its streams with UNAVAILABLE, so that processes come back, also when one does not listen', async () => {
    const server = await serve();
    server.publish(stateOf(broker('a')));
    using process = open(server.port, hello());
    await until('the snapshot came', () => process.responses.length === 1);
    const over = statusOf(process.stream);
    const closing = server[Symbol.asyncDispose]();
    assert.equal(await over, status.UNAVAILABLE);
    await closing;
  });

  test('ends the older of two streams with the same node id', async () => {
    await using server = await serve();
    using first = open(server.port, hello());
    await until('the first is there', () => server.processes().length === 1);
    const over = statusOf(first.stream);
    using _second = open(server.port, hello());
    assert.equal(await over, status.ABORTED);
    await until('the second is there', () => server.processes().length === 1);
  });
});
