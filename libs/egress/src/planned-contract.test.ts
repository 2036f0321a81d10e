import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyDelta,
  diffContracts,
  emptyContractState,
  type ContractState,
  type Resource,
} from '@eventing-kafka/contract';
import { KafkaError } from '@eventing-kafka/kafka-client';
import { broker, exactly, trigger } from '../testing/contract.ts';
import { PlannedContract, type ContractPlans } from './planned-contract.ts';
import { ResourceClusters, type ResolveSecurity, type ResourceClustersOptions } from './resource-clusters.ts';

/** Plans one contract after the other, as they come over the wire. */
class Plans {
  readonly #planned: PlannedContract;
  #state: ContractState = emptyContractState;
  #generation = 0n;

  constructor(clusters: Partial<ResourceClustersOptions> = {}) {
    const none = { resolveSecurity: undefined, kafkaProperties: undefined };
    const refusedCredentialsFinder = () => (): Promise<undefined> => Promise.resolve(undefined);
    this.#planned = new PlannedContract(new ResourceClusters({ ...none, refusedCredentialsFinder, ...clusters }));
  }

  /** Plans what it has once more, as what was refused is tried again. */
  again(): Promise<ContractPlans> {
    const { resources, trustBundles } = this.#state;
    const revision = { epoch: 1n, generation: this.#generation };
    return this.#planned.plan({
      resources,
      trustBundles,
      changedUids: [...resources.keys()],
      removedUids: [],
      revision,
    });
  }

  plan(
    resources: readonly Resource[],
    trustBundles: readonly string[] = this.#state.trustBundles,
  ): Promise<ContractPlans> {
    const update = applyDelta(
      this.#state,
      diffContracts(this.#state, { resources: new Map(resources.map((one) => [one.uid, one])), trustBundles }),
    );
    this.#state = update;
    this.#generation += 1n;
    return this.#planned.plan({ ...update, revision: { epoch: 1n, generation: this.#generation } });
  }
}

const uids = ({ plans }: ContractPlans): string[] => plans.map((plan) => plan.uid);
const nine = (change: (name: string) => string = () => 'http://s/', without = ''): Resource[] =>
  ['r1', 'r2', 'r3'].map((topic) =>
    broker(
      'k:1',
      topic,
      ['a', 'b', 'c']
        .map((name) => `${topic}${name}`)
        .filter((name) => name !== without)
        .map((name) => trigger(name, change(name))),
    ),
  );

test('dispatcher 21 C1 a changed destination and a removed egress touch no other', async () => {
  const plans = new Plans();
  assert.equal((await plans.plan(nine())).plans.length, 9);
  const changed = await plans.plan(nine((name) => (name === 'r1b' ? 'http://other/' : 'http://s/'), 'r3c'));
  assert.deepEqual(uids(changed), ['trigger-r1b']);
  assert.deepEqual(changed.goneUids, ['trigger-r3c']);
});

test('dispatcher 21 C2 the same contract again changes nothing', async () => {
  const plans = new Plans();
  await plans.plan(nine());
  const again = await plans.plan(nine());
  assert.deepEqual([again.plans, again.goneUids, again.refused], [[], [], []]);
});

test('dispatcher 21 C3 delivery settings of a resource, added and removed, change all its egresses', async () => {
  const plans = new Plans();
  const resource = (retry?: number): Resource =>
    broker(
      'k:1',
      'r',
      [trigger('a', 'http://s/'), trigger('b', 'http://s/')],
      retry === undefined ? {} : { egressConfig: { retry } },
    );
  await plans.plan([resource()]);
  const added = await plans.plan([resource(10)]);
  assert.deepEqual(
    added.plans.map((plan) => plan.delivery.policy.retry.retries),
    [10, 10],
  );
  const removed = await plans.plan([resource()]);
  assert.deepEqual(
    removed.plans.map((plan) => plan.delivery.policy.retry.retries),
    [0, 0],
  );
});

test('dispatcher 21 C5 the filter of one egress changes that one', async () => {
  const plans = new Plans();
  const resource = (type: string): Resource =>
    broker('k:1', 'r', [trigger('a', 'http://s/', { dialectedFilter: exactly({ type }) }), trigger('b', 'http://s/')]);
  await plans.plan([resource('x')]);
  assert.deepEqual(uids(await plans.plan([resource('y')])), ['trigger-a']);
});

test('dispatcher 21 C6 a change of the trust bundles changes all', async () => {
  const plans = new Plans();
  await plans.plan(nine());
  for (const bundles of [['1'], ['1', '2'], ['1']]) assert.equal((await plans.plan(nine(), bundles)).plans.length, 9);
  assert.equal((await plans.plan([])).goneUids.length, 9);
});

test('dispatcher 21 C10 what is refused is refused alone, again with every change of its resource, and served once it is right', async () => {
  const plans = new Plans();
  const resource = (bad: string, good: string): Resource =>
    broker('k:1', 'r', [trigger('bad', bad), trigger('good', good)]);
  const first = await plans.plan([resource('nowhere', 'http://s/')]);
  assert.deepEqual([uids(first), first.refused.map((part) => part.egressUid)], [['trigger-good'], ['trigger-bad']]);
  const second = await plans.plan([resource('nowhere', 'http://other/')]);
  assert.deepEqual([uids(second), second.refused.map((part) => part.egressUid)], [['trigger-good'], ['trigger-bad']]);
  const third = await plans.plan([resource('http://s/', 'http://other/')]);
  assert.deepEqual([uids(third), third.refused], [['trigger-bad'], []]);
});

test('an egress that goes from one resource to another is not gone', async () => {
  const plans = new Plans();
  await plans.plan([broker('k:1', 'r1', [trigger('a', 'http://s/')]), broker('k:1', 'r2', [])]);
  const moved = await plans.plan([broker('k:1', 'r2', [trigger('a', 'http://s/')])]);
  assert.deepEqual([uids(moved), moved.goneUids], [['trigger-a'], []]);
});

test('a second egress of a group is refused, until the first is gone', async () => {
  const plans = new Plans();
  const twin = trigger('twin', 'http://s/', { consumerGroup: 'knative-trigger-ns-a' });
  const both = await plans.plan([broker('k:1', 'r', [trigger('a', 'http://s/'), twin])]);
  assert.deepEqual([uids(both), both.refused[0]?.reason], [['trigger-a'], 'DuplicateConsumerGroup']);
  const one = await plans.plan([broker('k:1', 'r', [twin])]);
  assert.deepEqual([uids(one), one.goneUids], [['trigger-twin'], ['trigger-a']]);
});

/** A resource whose Secret has this version. */
const withSecret = (version: string, ...names: string[]): Resource => {
  const value = { uuid: '', namespace: 'ns', name: 's', version, kind: 'Secret', groupVersion: 'v1' };
  return broker(
    'k:1',
    'r',
    names.map((name) => trigger(name, 'http://s/')),
    { auth: { $case: 'authSecret', value } },
  );
};
const reasons = ({ refused }: ContractPlans): unknown[] =>
  refused.map(({ resourceUid, egressUid, reason }) => [resourceUid, egressUid, reason]);
const versionOf: ResolveSecurity = (auth) =>
  Promise.resolve({
    protocol: 'SASL_SSL',
    user: 'u',
    password: auth.$case === 'authSecret' ? auth.value.version : '',
  });

test('a resource that names a Secret is refused as a whole while Secrets cannot be read', async () => {
  assert.deepEqual(reasons(await new Plans().plan([withSecret('1', 'a')])), [
    ['broker-r', '', 'CredentialsUnsupported'],
  ]);
});

test('dispatcher 21 C4 a Secret, and another version of it, change all egresses; the same version none', async () => {
  const plans = new Plans({ resolveSecurity: versionOf });
  const [first] = (await plans.plan([withSecret('1', 'a')])).plans;
  const [second] = (await plans.plan([withSecret('2', 'a')])).plans;
  assert.equal(second?.cluster.security?.password, '2');
  assert.notEqual(first?.clusterKey, second.clusterKey);
  assert.deepEqual((await plans.again()).plans, []);
});

test('bad credentials keep the egresses at what they have, and count once they are good', async () => {
  let isGood = false;
  const plans = new Plans({
    resolveSecurity: (auth) =>
      auth.$case === 'authSecret' && (auth.value.version === '1' || isGood)
        ? versionOf(auth)
        : Promise.reject(Object.assign(new Error('Secret ns/s: key: password'), { reason: 'CredentialsInvalid' })),
  });
  await plans.plan([withSecret('1', 'a')]);
  const bad = await plans.plan([withSecret('2', 'a')]);
  assert.deepEqual([bad.plans, bad.goneUids, reasons(bad)], [[], [], [['broker-r', '', 'CredentialsInvalid']]]);
  assert.match(bad.refused[0]?.message ?? '', /Secret ns\/s: key: password/);
  isGood = true;
  const good = await plans.again();
  assert.deepEqual([uids(good), good.refused], [['trigger-a'], []]);
});

test('credentials that Kafka refuses keep the egresses at what they have', async () => {
  let refusal: KafkaError | undefined = new KafkaError('KAFKA_AUTHENTICATION', 'SASL said no');
  const plans = new Plans({
    resolveSecurity: versionOf,
    refusedCredentialsFinder: () => () => Promise.resolve(refusal),
  });
  assert.deepEqual(reasons(await plans.plan([withSecret('1', 'a')])), [], 'the first ones are for the egress to try');
  const bad = await plans.plan([withSecret('2', 'a')]);
  assert.deepEqual([bad.plans, reasons(bad)], [[], [['broker-r', '', 'CredentialsRefused']]]);
  refusal = undefined;
  assert.deepEqual(uids(await plans.again()), ['trigger-a']);
});

test('a change of something else does not depend on the Secret being readable at that moment', async () => {
  let reads = 0;
  const plans = new Plans({
    resolveSecurity: (auth) => (++reads === 1 ? versionOf(auth) : Promise.reject(new Error('Kubernetes is away'))),
  });
  await plans.plan([withSecret('1', 'a')]);
  const more = await plans.plan([withSecret('1', 'a', 'b')]);
  assert.deepEqual([uids(more), more.refused], [['trigger-b'], []]);
  assert.deepEqual((await plans.plan([withSecret('1', 'a', 'b')], ['a bundle'])).refused, []);
});
