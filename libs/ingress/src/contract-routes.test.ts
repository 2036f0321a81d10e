import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentMode } from '@eventing-kafka/contract';
import type { Resource } from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import { Admission } from './admission.ts';
import { ContractRoutes } from './contract-routes.ts';
import type { ContractRoutesOptions } from './contract-routes.ts';

function open(
  kafka: ScriptedKafka,
  options: Partial<ContractRoutesOptions> = {},
): { routes: ContractRoutes; history: ContractHistory } {
  const routes = new ContractRoutes({
    kafka,
    producerSettings: {},
    openAdmission: () => Admission.ofProcess({ maxInFlightRequests: 100, maxInFlightBytes: 1000 }),
    instruments: { route: () => ({ answered: () => undefined }), forget: () => undefined },
    logger: silentLogger,
    ...options,
  });
  return { routes, history: new ContractHistory() };
}

describe('producers', () => {
  /** Applies contracts one after the other; gives producers created and alive after each. */
  async function counts(...contracts: (readonly Resource[])[]): Promise<{ created: number[]; alive: number[] }> {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    const created: number[] = [];
    const alive: number[] = [];
    for (const contract of contracts) {
      assert.deepEqual(await routes.apply(history.next(...contract)), []);
      await routes.settled();
      created.push(kafka.created);
      alive.push(kafka.alive);
    }
    await routes[Symbol.asyncDispose]();
    assert.equal(kafka.alive, 0);
    return { created, alive };
  }

  test('receiver 20.4 P-04: one for each set of bootstrap servers, closed when the last resource leaves', async () => {
    const first = resource('a', { path: '/a' }, { bootstrapServers: 'kafka-1:9092,kafka-2:9092' });
    const second = resource('a', { path: '/a' }, { bootstrapServers: 'kafka-1:9092,kafka-3:9092' });
    assert.deepEqual(await counts([first], [second], []), { created: [1, 2, 2], alive: [1, 1, 0] });
  });

  test('receiver 20.4 P-05: none anew for the same contract', async () => {
    const one = resource('a', { path: '/a' });
    assert.deepEqual(await counts([one], [one], []), { created: [1, 1, 1], alive: [1, 1, 0] });
  });

  test('receiver 20.4 P-06: one for two resources of a cluster', async () => {
    const one = resource('a', { path: '/a' });
    assert.deepEqual(await counts([one], [one, resource('b', { path: '/b' })], []), {
      created: [1, 1, 1],
      alive: [1, 1, 0],
    });
  });

  test('receiver 20.4 P-07: a resource that turns structured needs no other producer (differs: the mode is no matter of a producer)', async () => {
    const one = resource('a', { path: '/a' }, { bootstrapServers: 'kafka-1:9092' });
    const binary = resource('b', { path: '/b' }, { bootstrapServers: 'kafka-2:9092' });
    const structured = resource(
      'b',
      { path: '/b', contentMode: ContentMode.STRUCTURED },
      { bootstrapServers: 'kafka-2:9092' },
    );
    assert.deepEqual(await counts([one, binary], [one, structured], []), { created: [2, 2, 2], alive: [2, 2, 0] });
  });
});

describe('a change of contract', () => {
  test('receiver 20.6 K-01, receiver 20.6 K-02: a route comes with an ingress and goes with it', async () => {
    const { routes, history } = open(new ScriptedKafka());
    await routes.apply(history.next(resource('a', undefined)));
    assert.equal(routes.table.byTarget('/a'), undefined);
    await routes.apply(history.next(resource('a', { path: '/a' })));
    assert.ok(routes.table.byTarget('/a'));
    await routes.apply(history.next(resource('a', undefined)));
    assert.equal(routes.table.byTarget('/a'), undefined);
  });

  test('receiver 20.6 K-03: path, topic and credentials of a resource are followed', async () => {
    const kafka = new ScriptedKafka();
    const versions: (string | undefined)[] = [];
    const { routes, history } = open(kafka, {
      resolveSecurity: (auth) => {
        versions.push(auth.$case === 'authSecret' ? auth.value.version : undefined);
        return Promise.resolve({ protocol: 'SASL_SSL', user: 'u', password: `p${versions.length}` });
      },
    });
    await routes.apply(history.next(resource('a', { path: '/hello' })));
    await routes.apply(history.next(resource('a', { path: '/hello/world' }, { topics: ['other'] })));
    assert.equal(routes.table.byTarget('/hello'), undefined);
    assert.equal(routes.table.byTarget('/hello/world')?.topic, 'other');
    for (const version of ['1', '2']) {
      const auth = {
        $case: 'authSecret',
        value: { uuid: 's', namespace: 'ns', name: 's', version, kind: '', groupVersion: '' },
      } as const;
      await routes.apply(history.next(resource('a', { path: '/hello/world' }, { auth })));
    }
    assert.deepEqual(versions, ['1', '2']);
    assert.equal(kafka.created, 3);
  });

  test('receiver 20.6 K-04: one resource moves, one stays untouched, one goes', async () => {
    const { routes, history } = open(new ScriptedKafka());
    const r2 = resource('r2', { path: '/2' });
    await routes.apply(
      history.next(
        resource('r1', { path: '/1', contentMode: ContentMode.STRUCTURED }),
        r2,
        resource('r3', { path: '/3' }),
      ),
    );
    const untouched = routes.table.byTarget('/2');
    await routes.apply(history.next(resource('r1', { path: '/1b' }), r2));
    assert.equal(routes.table.byTarget('/1'), undefined);
    assert.equal(routes.table.byTarget('/1b')?.mode, 'binary');
    assert.equal(routes.table.byTarget('/2'), untouched);
    assert.equal(routes.table.byTarget('/3'), undefined);
  });

  test('keeps the route of a resource whose other parts changed', async () => {
    const { routes, history } = open(new ScriptedKafka());
    await routes.apply(history.next(resource('a', { path: '/a' })));
    const before = routes.table.byTarget('/a');
    await routes.apply(
      history.next({
        ...resource('a', { path: '/a' }),
        egressConfig: undefined,
      }),
    );
    assert.equal(routes.table.byTarget('/a'), before);
  });

  test('F-02: serves the old route until the new one is open, then the new one', async () => {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    await routes.apply(history.next(resource('a', { path: '/a' }, { topics: ['old'] })));
    const gate = Promise.withResolvers<undefined>();
    kafka.onOpen = () => gate.promise;
    const applying = routes.apply(history.next(resource('a', { path: '/a' }, { topics: ['new'] })));
    assert.equal(routes.table.byTarget('/a')?.topic, 'old');
    gate.resolve(undefined);
    await applying;
    assert.equal(routes.table.byTarget('/a')?.topic, 'new');
  });

  test('F-03: deleting a resource leaves the path to its successor in the same contract', async () => {
    const { routes, history } = open(new ScriptedKafka());
    await routes.apply(history.next(resource('old', { path: '/a' })));
    await routes.apply(history.next(resource('new', { path: '/a' })));
    assert.equal(routes.table.byTarget('/a')?.plan.resourceUid, 'new');
  });

  test('a route that is replaced keeps its producer until its last event is done', async () => {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    await routes.apply(history.next(resource('a', { path: '/a' }, { bootstrapServers: 'kafka-1:9092' })));
    const route = routes.table.byTarget('/a');
    route?.enter();
    await routes.apply(history.next(resource('a', { path: '/a' }, { bootstrapServers: 'kafka-2:9092' })));
    assert.equal(kafka.alive, 2);
    await route?.producer.send({ topic: 't', key: null, value: null, headers: [] });
    route?.leave();
    await routes.settled();
    assert.equal(kafka.alive, 1);
  });

  test('disposing while a producer is being opened leaves none open', async () => {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    const gate = Promise.withResolvers<undefined>();
    kafka.onOpen = () => gate.promise;
    const applying = routes.apply(history.next(resource('a', { path: '/a' })));
    const disposed = routes[Symbol.asyncDispose]();
    gate.resolve(undefined);
    await applying;
    await disposed;
    await routes.settled();
    assert.equal(kafka.alive, 0);
    assert.equal(routes.table.byTarget('/a'), undefined);
  });
});

describe('refusals', () => {
  test('one bad resource is named and holds back no other', async () => {
    const { routes, history } = open(new ScriptedKafka());
    const refused = await routes.apply(
      history.next(resource('bad', { path: '/bad', audience: 'aud' }), resource('good', { path: '/good' })),
    );
    assert.deepEqual(
      refused.map(({ resourceUid, egressUid, reason }) => ({ resourceUid, egressUid, reason })),
      [{ resourceUid: 'bad', egressUid: '', reason: 'AuthenticationUnsupported' }],
    );
    assert.equal(routes.table.byTarget('/bad'), undefined);
    assert.ok(routes.table.byTarget('/good'));
  });

  test('an ingress that gains an audience is not served open any more', async () => {
    const { routes, history } = open(new ScriptedKafka());
    await routes.apply(history.next(resource('a', { path: '/a' })));
    await routes.apply(history.next(resource('a', { path: '/a', audience: 'aud' })));
    assert.equal(routes.table.byTarget('/a'), undefined);
  });

  test('a resource whose new topics make no sense goes on as before, refused', async () => {
    const { routes, history } = open(new ScriptedKafka());
    await routes.apply(history.next(resource('a', { path: '/a' }, { topics: ['good'] })));
    const refused = await routes.apply(history.next(resource('a', { path: '/a' }, { topics: [] })));
    assert.equal(refused[0]?.reason, 'TopicInvalid');
    assert.equal(routes.table.byTarget('/a')?.topic, 'good');
  });

  test('receiver 20.6 K-05: one that could not be opened is opened when it is tried again', async () => {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    kafka.onOpen = () => Promise.reject(new Error('no such driver'));
    const one = resource('a', { path: '/a' });
    assert.deepEqual(
      (await routes.apply(history.next(one))).map(({ reason, message }) => [reason, message]),
      [['ProducerFailed', 'no such driver']],
    );
    kafka.onOpen = () => Promise.resolve();
    assert.deepEqual(await routes.apply(history.next(one)), []);
    assert.ok(routes.table.byTarget('/a'));
  });

  test('receiver 20.6 K-06: an update that fails is told, and tried again with the same contract', async () => {
    const kafka = new ScriptedKafka();
    const { routes, history } = open(kafka);
    await routes.apply(history.next(resource('a', { path: '/a' }, { topics: ['old'] })));
    kafka.onOpen = () => Promise.reject(new Error('no such driver'));
    const changed = resource('a', { path: '/a' }, { topics: ['new'] });
    assert.equal((await routes.apply(history.next(changed)))[0]?.reason, 'ProducerFailed');
    kafka.onOpen = () => Promise.resolve();
    assert.deepEqual(await routes.apply(history.next(changed)), []);
    assert.equal(routes.table.byTarget('/a')?.topic, 'new');
  });

  test('F-22: of two with one path the first by uid is served; the other takes its place when it goes', async () => {
    const { routes, history } = open(new ScriptedKafka());
    const [a, b] = [resource('a', { path: '/x' }), resource('b', { path: '/x' })];
    const refused = await routes.apply(history.next(b, a));
    assert.deepEqual(
      refused.map((part) => [part.resourceUid, part.reason]),
      [['b', 'PathConflict']],
    );
    assert.equal(routes.table.byTarget('/x')?.plan.resourceUid, 'a');
    assert.deepEqual(await routes.apply(history.next(b)), []);
    assert.equal(routes.table.byTarget('/x')?.plan.resourceUid, 'b');
  });

  for (const [name, resolveSecurity, reason] of [
    ['no one to read them', undefined, 'CredentialsUnsupported'],
    ['a Secret that is not there', () => Promise.reject(new Error('Secret ns/s not found')), 'CredentialsInvalid'],
  ] as const) {
    test(`credentials with ${name} refuse the resource`, async () => {
      const { routes, history } = open(new ScriptedKafka(), { resolveSecurity });
      const auth = {
        $case: 'authSecret',
        value: { uuid: 's', namespace: 'ns', name: 's', version: '1', kind: '', groupVersion: '' },
      } as const;
      const refused = await routes.apply(history.next(resource('a', { path: '/a' }, { auth })));
      assert.deepEqual(
        refused.map((part) => part.reason),
        [reason],
      );
      assert.equal(routes.table.byTarget('/a'), undefined);
    });
  }
});
