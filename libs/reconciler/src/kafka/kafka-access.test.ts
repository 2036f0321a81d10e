import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaClients, KafkaSecurity, OffsetCommit, OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';
import type { TopicPlan } from '@eventing-kafka/resources';
import { ensureTopic } from './ensure-topic.ts';
import { fixInitialOffsets } from './initial-offsets.ts';
import { ClusterUnavailable, KafkaAccess } from './kafka-access.ts';

/** What a cluster answers, told by each test: failures that a real one only has now and then. */
interface Script {
  readonly create?: TopicAdmin['create'];
  readonly describe?: TopicAdmin['describe'];
  /** Why committed offsets cannot be read. */
  readonly unreadable?: KafkaError;
  readonly ends?: ReadonlyMap<number, number>;
  readonly committed?: Map<number, number>;
  readonly refuse?: (commit: OffsetCommit) => KafkaError | undefined;
}

function clientsOf(script: Script): KafkaClients {
  const disposed = { [Symbol.asyncDispose]: () => Promise.resolve() };
  const admin: TopicAdmin = {
    ...disposed,
    create: script.create ?? (() => Promise.resolve('created')),
    describe: script.describe ?? (() => Promise.resolve(undefined)),
    describeAll: () => Promise.resolve(new Map()),
    config: () => Promise.resolve(new Map()),
    delete: () => Promise.resolve(),
    deleteGroup: () => Promise.resolve(),
    removeMembers: () => Promise.resolve(0),
    offsets: (_name, at) =>
      Promise.resolve(
        at === 'latest'
          ? (script.ends ?? new Map())
          : new Map([...(script.ends ?? [])].map(([partition]) => [partition, 0])),
      ),
  };
  const committed = script.committed ?? new Map<number, number>();
  const offsets: OffsetStore = {
    ...disposed,
    fetch: (requests) =>
      Promise.resolve(
        requests.flatMap(({ groupId, topic, partitions }) =>
          partitions.map((partition) => ({
            groupId,
            topic,
            partition,
            ...(script.unreadable === undefined
              ? { offset: committed.get(partition) }
              : { offset: undefined, error: script.unreadable }),
            metadata: '',
          })),
        ),
      ),
    commit: (commits) =>
      Promise.resolve(
        commits.map((commit) => {
          const error = script.refuse?.(commit);
          if (error !== undefined) return { ...commit, error };
          committed.set(commit.partition, commit.offset);
          return commit;
        }),
      ),
  };
  return {
    topics: () => Promise.resolve(admin),
    offsets: () => Promise.resolve(offsets),
    producer: () => Promise.reject(new Error('not used')),
    feed: () => Promise.reject(new Error('not used')),
    reader: () => Promise.reject(new Error('not used')),
    ...disposed,
  };
}

const topic: TopicPlan = {
  bootstrapServers: 'k:9092',
  name: 'events',
  ownership: 'managed',
  partitions: 2,
  replicationFactor: 1,
  config: {},
};
const ends = new Map([
  [0, 10],
  [1, 20],
]);
const away = (): Promise<never> =>
  Promise.reject(new KafkaError('KAFKA_UNREACHABLE', 'nobody there', { retriable: true }));

test('a cluster that does not answer is told from one that refuses', async () => {
  const outcomes = [];
  for (const error of [
    new KafkaError('KAFKA_UNREACHABLE', 'nobody there'),
    new KafkaError('KAFKA_OTHER', 'policy violation'),
  ]) {
    await using kafka = new KafkaAccess(clientsOf({ create: () => Promise.reject(error) }), undefined, Date.now);
    outcomes.push(await ensureTopic(kafka, topic));
  }
  assert.deepEqual(outcomes, [
    { kind: 'tried', retry: true, isNew: false, outcome: { kind: 'failed', step: 'connect', message: 'nobody there' } },
    {
      kind: 'tried',
      retry: true,
      isNew: false,
      outcome: { kind: 'failed', step: 'create', message: 'policy violation' },
    },
  ]);
});

test('one caller at a time finds out whether a cluster is there, and its word counts for a while', async () => {
  let now = 0;
  let calls = 0;
  let end: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (end = resolve));
  const create: TopicAdmin['create'] = async () => {
    calls += 1;
    await first;
    return away();
  };
  await using kafka = new KafkaAccess(clientsOf({ create }), undefined, () => now);
  const finding = ensureTopic(kafka, topic);
  assert.deepEqual(await ensureTopic(kafka, topic), { kind: 'busy' });
  end();
  await finding;
  const again = await ensureTopic(kafka, topic);
  assert.equal(again.kind === 'tried' && again.outcome.kind === 'failed' && again.outcome.step, 'connect');
  assert.equal(calls, 1);
  now = 10_000;
  await ensureTopic(kafka, topic);
  assert.equal(calls, 2);
});

test('a topic with a name that Kafka does not allow is not tried', async () => {
  await using kafka = new KafkaAccess(
    clientsOf({ create: () => Promise.reject(new Error('tried')) }),
    undefined,
    Date.now,
  );
  const result = await ensureTopic(kafka, { ...topic, name: 'a/b' });
  assert.ok(result.kind === 'tried' && !result.retry && result.outcome.kind === 'failed');
  assert.match(result.outcome.message, /cannot name a topic/);
});

test('credentials that nobody can read are named', async () => {
  await using kafka = new KafkaAccess(clientsOf({}), undefined, Date.now);
  const result = await ensureTopic(kafka, { ...topic, secret: { kind: 'Secret', namespace: 'ns', name: 'login' } });
  assert.ok(result.kind === 'tried' && result.outcome.kind === 'failed' && result.outcome.step === 'secret');
  assert.match(result.outcome.message, /ns\/login/);
});

const withSecret: TopicPlan = { ...topic, secret: { kind: 'Secret', namespace: 'ns', name: 'login' } };

test('credentials that were no good are read again, and so is a Secret that could not be read', async () => {
  const answers: (KafkaSecurity | Error)[] = [
    new Error('no password in it'),
    { protocol: 'PLAINTEXT', user: 'not allowed' },
    { protocol: 'PLAINTEXT' },
  ];
  const clients = clientsOf({});
  const checked: KafkaClients = {
    ...clients,
    topics: (cluster) =>
      cluster.security?.user === undefined
        ? clients.topics(cluster)
        : Promise.reject(new KafkaError('KAFKA_INVALID_CONFIG', 'no user is allowed')),
  };
  const securityOf = (): Promise<KafkaSecurity> => {
    const next = answers.shift();
    return next instanceof Error || next === undefined
      ? Promise.reject(next ?? new Error('end'))
      : Promise.resolve(next);
  };
  await using kafka = new KafkaAccess(checked, securityOf, Date.now);
  const outcomes = [];
  for (let index = 0; index < 3; index += 1) {
    const result = await ensureTopic(kafka, withSecret);
    outcomes.push(result.kind === 'tried' && (result.outcome.kind === 'ready' ? 'ready' : result.outcome.message));
  }
  assert.deepEqual(outcomes, ['no password in it', 'no user is allowed', 'ready']);
});

test('a Secret that was changed is read when Kafka refuses the credentials of before, and what used those is closed', async () => {
  let now = 0;
  let password = 'old';
  let open = 0;
  const counted = <Client extends object>(client: Client): Client & AsyncDisposable => {
    open += 1;
    return { ...client, [Symbol.asyncDispose]: () => Promise.resolve(void (open -= 1)) };
  };
  const clients = clientsOf({});
  const asking: KafkaClients = {
    ...clients,
    topics: async (cluster) =>
      counted({
        ...(await clients.topics(cluster)),
        create: () =>
          cluster.security?.password === password
            ? Promise.resolve('exists')
            : Promise.reject(new KafkaError('KAFKA_AUTHENTICATION', 'wrong password', { retriable: true })),
      }),
    offsets: async (cluster) => counted(await clients.offsets(cluster)),
  };
  const kafka = new KafkaAccess(
    asking,
    () => Promise.resolve({ protocol: 'SASL_PLAINTEXT', password }),
    () => now,
  );
  const outcomes = [];
  for (const next of ['old', 'new', 'new']) {
    password = next;
    const result = await ensureTopic(kafka, withSecret);
    outcomes.push(result.kind === 'tried' && result.outcome.kind);
    now += 10_000;
  }
  assert.deepEqual([outcomes, open], [['ready', 'failed', 'ready'], 2]);
  await kafka[Symbol.asyncDispose]();
  assert.equal(open, 0);
});

test('credentials refused only when offsets are committed are read again too', async () => {
  let reads = 0;
  let now = 0;
  const refuse = (): KafkaError | undefined =>
    reads === 1 ? new KafkaError('KAFKA_AUTHENTICATION', 'wrong password', { retriable: true }) : undefined;
  const securityOf = (): Promise<KafkaSecurity> => Promise.resolve({ protocol: 'SASL_PLAINTEXT', user: `${++reads}` });
  await using kafka = new KafkaAccess(clientsOf({ ends, refuse }), securityOf, () => now);
  const start = { cluster: withSecret, topic: 'events', groups: new Map([['g', new Map<number, number>()]]) };
  const first = await fixInitialOffsets(kafka, start);
  assert.ok(first.kind === 'tried' && first.unreachable);
  now = 10_000;
  assert.deepEqual(await fixInitialOffsets(kafka, start), {
    kind: 'tried',
    outcomes: new Map([['g', { kind: 'done' }]]),
    unreachable: false,
  });
});

test('a client that was opened is closed when the other one cannot be', async () => {
  let open = 0;
  const clients = clientsOf({});
  const half: KafkaClients = {
    ...clients,
    topics: async (cluster) => {
      open += 1;
      return {
        ...(await clients.topics(cluster)),
        [Symbol.asyncDispose]: () => Promise.resolve(void (open -= 1)),
      };
    },
    offsets: () => Promise.reject(new KafkaError('KAFKA_OTHER', 'no')),
  };
  await using kafka = new KafkaAccess(half, undefined, Date.now);
  await ensureTopic(kafka, topic);
  assert.equal(open, 0);
});

test('disposing ends what is under way, though Kafka answers nothing and its clients do not close', async () => {
  const never = new Promise<never>(() => undefined);
  const clients = clientsOf({ create: () => never });
  const stuck: KafkaClients = {
    ...clients,
    offsets: async (cluster) => ({ ...(await clients.offsets(cluster)), [Symbol.asyncDispose]: () => never }),
  };
  const kafka = new KafkaAccess(stuck, undefined, Date.now);
  const creating = ensureTopic(kafka, topic);
  await kafka[Symbol.asyncDispose]();
  assert.deepEqual([await creating, await ensureTopic(kafka, topic)], [{ kind: 'busy' }, { kind: 'busy' }]);
});

test('an error that is none of Kafka’s is not taken for one', async () => {
  await using kafka = new KafkaAccess(
    clientsOf({ create: () => Promise.reject(new TypeError('ours')) }),
    undefined,
    Date.now,
  );
  await assert.rejects(ensureTopic(kafka, topic), TypeError);
  await assert.rejects(
    kafka.use(topic, () => Promise.reject(new ClusterUnavailable('connect', 'x'))),
    ClusterUnavailable,
  );
});

async function startsOf(
  script: Script,
  positions = new Map<number, number>(),
): Promise<{ outcome: string; positions: Map<number, number> }> {
  await using kafka = new KafkaAccess(clientsOf(script), undefined, Date.now);
  const result = await fixInitialOffsets(kafka, {
    cluster: topic,
    topic: 'events',
    groups: new Map([['g', positions]]),
  });
  return { outcome: result.kind === 'tried' ? (result.outcomes.get('g')?.kind ?? 'none') : result.kind, positions };
}

test('a new group starts at the ends of all partitions', async () => {
  const committed = new Map<number, number>();
  assert.equal((await startsOf({ ends, committed })).outcome, 'done');
  assert.deepEqual(committed, ends);
});

test('offsets that are there stay', async () => {
  const committed = new Map([
    [0, 3],
    [1, 4],
  ]);
  await startsOf({ ends, committed });
  assert.deepEqual(
    [...committed],
    [
      [0, 3],
      [1, 4],
    ],
  );
});

test('offsets that cannot be read are not taken for none', async () => {
  const committed = new Map([[0, 3]]);
  const unreadable = new KafkaError('KAFKA_AUTHORIZATION', 'no right to read the group', { retriable: true });
  assert.equal((await startsOf({ ends, committed, unreadable })).outcome, 'failed');
  assert.deepEqual([...committed], [[0, 3]]);
});

test('control-plane 26 no. 33: a partition newer than its group is begun at its first event', async () => {
  const committed = new Map([[0, 3]]);
  await startsOf({ ends, committed });
  assert.deepEqual(
    [...committed],
    [
      [0, 3],
      [1, 0],
    ],
  );
});

test('a second try starts where the first one would have, though events came meanwhile', async () => {
  const committed = new Map<number, number>();
  const refuse = ({ partition }: OffsetCommit): KafkaError | undefined =>
    partition === 1 ? new KafkaError('KAFKA_GROUP_HAS_MEMBERS', 'in use') : undefined;
  const { outcome, positions } = await startsOf({ ends, committed, refuse });
  assert.equal(outcome, 'failed');
  const later = new Map([
    [0, 10],
    [1, 500],
  ]);
  assert.equal((await startsOf({ ends: later, committed }, positions)).outcome, 'done');
  assert.deepEqual(
    [...committed],
    [
      [0, 10],
      [1, 20],
    ],
  );
});

test('of a cluster that is away everybody is told the same, and nothing of what others want of it', async () => {
  const detail = 'connect ECONNREFUSED k:9092';
  const create = ({ name }: { name: string }) =>
    Promise.reject(new KafkaError('KAFKA_UNREACHABLE', `creating topic ${name}: ${detail}`, { detail }));
  await using access = new KafkaAccess(clientsOf({ create }), undefined, () => 0);
  const wanting = (name: string) =>
    access.use(topic, ({ admin }) => admin.create({ name, partitions: 1, replicationFactor: 1 }));
  for (const name of ['mine', 'theirs'])
    await assert.rejects(wanting(name), { name: 'ClusterUnavailable', code: 'connect', message: detail });
});
