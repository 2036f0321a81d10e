import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  applyDelta,
  diffContracts,
  emptyContractState,
  Resource,
  type ContractState,
  type ContractUpdate,
  type DeepPartial,
  type RefusedPart,
} from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { ContractApplier } from './index.ts';

function broker(uid: string, changes: DeepPartial<Resource> = {}): Resource {
  return Resource.fromPartial({ uid, topics: [uid], bootstrapServers: 'kafka:9092', ...changes });
}

/** An applier, what it gave, and a way to give it the next contract. */
class Scene {
  readonly given: ContractUpdate[] = [];
  /** What `apply` answers; throwing is an answer, too. */
  verdict: (update: ContractUpdate) => readonly RefusedPart[] = () => [];
  retries = 0;
  readonly applier = new ContractApplier({
    apply: async (update) => {
      this.given.push(update);
      return Promise.resolve(this.verdict(update));
    },
    logger: silentLogger,
    random: () => 0.999,
    answered: () => undefined,
    retried: () => (this.retries += 1),
  });
  #state: ContractState = emptyContractState;
  #generation = 0n;

  async serve(...resources: readonly Resource[]): Promise<ContractUpdate | undefined> {
    const wanted = { resources: new Map(resources.map((each) => [each.uid, each])), trustBundles: [] };
    const update = applyDelta(this.#state, diffContracts(this.#state, wanted));
    this.#state = update;
    this.#generation += 1n;
    const before = this.given.length;
    await this.applier.update({ epoch: 1n, generation: this.#generation }, update);
    return this.given[before];
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const refusedUids = ({ applier }: Scene): string[] =>
  applier.refusedParts().map(({ resourceUid, egressUid }) => `${resourceUid}/${egressUid}`);

describe('an applier', () => {
  test('leaves out what cannot be right and gives the others', async () => {
    const scene = new Scene();
    const update = await scene.serve(broker('a'), broker('b', { topics: [] }));
    assert.deepEqual(update?.changedUids, ['a']);
    assert.deepEqual(refusedUids(scene), ['b/']);
    await scene.applier.close();
  });

  test('keeps an egress, and a resource, that was served before its new version turned out wrong', async () => {
    const scene = new Scene();
    const good = { uid: 'e', consumerGroup: 'g', destination: 'http://one/' };
    await scene.serve(broker('a', { egresses: [good, { ...good, uid: 'f' }] }));
    const wrong = { ...good, destination: 'nowhere' };
    const update = await scene.serve(broker('a', { topics: ['new'], egresses: [wrong] }));
    const [a] = update!.resources.values();
    assert.deepEqual([a!.topics, a!.egresses.map(({ destination }) => destination)], [['new'], ['http://one/']]);
    assert.deepEqual(refusedUids(scene), ['a/e']);
    const next = await scene.serve(broker('a', { topics: [] }));
    assert.ok(next !== undefined);
    assert.deepEqual(next.changedUids, []);
    assert.deepEqual(next.resources.get('a'), a);
    assert.deepEqual(refusedUids(scene), ['a/']);
    assert.deepEqual((await scene.serve(broker('a')))?.changedUids, ['a']);
    assert.deepEqual(refusedUids(scene), []);
    await scene.applier.close();
  });

  test('tries again what was refused, alone and with the next update', async () => {
    const scene = new Scene();
    const refusal = { resourceUid: 'a', egressUid: 'e', reason: 'NotNow', message: 'not now' };
    scene.verdict = ({ changedUids }) => (changedUids.includes('a') ? [refusal] : []);
    await scene.serve(broker('a'), broker('b'));
    const update = await scene.serve(broker('a'), broker('b'), broker('c'));
    assert.deepEqual(update?.changedUids, ['c', 'a']);
    scene.verdict = () => [];
    await scene.until(() => scene.retries === 1);
    assert.deepEqual([scene.given.at(-1)?.changedUids, refusedUids(scene)], [['a'], []]);
    await scene.applier.close();
  });

  test('takes a rejection for the refusal of everything, and tries it again, removals too', async () => {
    const scene = new Scene();
    await scene.serve(broker('a'), broker('b'));
    scene.verdict = () => {
      throw new Error('out of order');
    };
    await scene.serve(broker('a', { topics: ['new'] }));
    assert.deepEqual(refusedUids(scene), ['a/', 'b/']);
    scene.verdict = () => [];
    await scene.until(() => refusedUids(scene).length === 0);
    assert.deepEqual([scene.given.at(-1)?.changedUids, scene.given.at(-1)?.removedUids], [['a'], ['b']]);
    await scene.applier.close();
  });
});
