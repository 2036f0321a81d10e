import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Egress, Resource, contractMessage, contractProblems } from '@eventing-kafka/contract';
import type { DeepPartial } from '@eventing-kafka/contract';
import fc from 'fast-check';
import { ContractAssembler } from './contract-assembly.ts';
import type { AssembledContract } from './contract-assembly.ts';
import type { ServedKey } from '@eventing-kafka/resources';

interface ResourcePart {
  readonly key: ServedKey;
  readonly resource: Resource;
}
interface EgressPart {
  readonly key: ServedKey;
  readonly of: ServedKey;
  readonly egress: Egress;
}

/** The contract of these parts, beside what the assembler holds already. */
function assembled(
  resources: readonly ResourcePart[],
  egresses: readonly EgressPart[],
  assembler = new ContractAssembler(),
): AssembledContract {
  for (const { key, resource } of resources) assembler.setResource(key, resource);
  for (const { key, of, egress } of egresses) assembler.setEgress(key, { of, egress });
  return assembler.assemble();
}

function brokerPart(name: string, more: DeepPartial<Resource> = {}): ResourcePart {
  const resource = Resource.fromPartial({
    uid: name,
    topics: [`topic-${name}`],
    bootstrapServers: 'k:9092',
    ingress: { path: `/ns/${name}` },
    ...more,
  });
  return { key: { kind: 'Broker', namespace: 'ns', name }, resource };
}

function triggerPart(name: string, broker: string, more: DeepPartial<Egress> = {}): EgressPart {
  const egress = Egress.fromPartial({
    uid: name,
    consumerGroup: `group-${name}`,
    destination: 'http://host/',
    ...more,
  });
  return {
    key: { kind: 'Trigger', namespace: 'ns', name },
    of: { kind: 'Broker', namespace: 'ns', name: broker },
    egress,
  };
}

test('Triggers go into the resource of their Broker', () => {
  const { state, outcomes } = assembled([brokerPart('b')], [triggerPart('t1', 'b'), triggerPart('t2', 'b')]);
  assert.deepEqual(
    state.resources.get('b')?.egresses.map(({ uid }) => uid),
    ['t1', 't2'],
  );
  assert.deepEqual([...outcomes.values()], [{ kind: 'published' }, { kind: 'published' }, { kind: 'published' }]);
});

test('a Trigger whose Broker has no part is in no contract, and nothing is said of it', () => {
  const { state, outcomes } = assembled([], [triggerPart('t', 'b')]);
  assert.equal(state.resources.size, 0);
  assert.equal(outcomes.get('Trigger ns/t'), undefined);
});

test('a part that is wrong in itself is left out alone, with what is wrong', () => {
  const { state, outcomes } = assembled(
    [brokerPart('b'), brokerPart('bad', { topics: ['no topic name'] })],
    [triggerPart('t', 'b'), triggerPart('u', 'b', { destination: 'nowhere' })],
  );
  assert.deepEqual([...state.resources.keys()], ['b']);
  assert.deepEqual(
    state.resources.get('b')?.egresses.map(({ uid }) => uid),
    ['t'],
  );
  const [bad, wrong] = ['Broker ns/bad', 'Trigger ns/u'].map((key) => outcomes.get(key));
  assert.ok(bad?.kind === 'failed' && bad.reason === 'InvalidContract' && bad.message.includes('no topic name'));
  assert.ok(wrong?.kind === 'failed' && wrong.message.startsWith('destination '));
});

test('a Broker and a KafkaSink of one name claim one path: the sink is refused and says whose it is', () => {
  const sink: ResourcePart = {
    key: { kind: 'KafkaSink', namespace: 'ns', name: 'b' },
    resource: { ...brokerPart('b').resource, uid: 'sink' },
  };
  const { state, outcomes } = assembled([sink, brokerPart('b')], []);
  assert.deepEqual([...state.resources.keys()], ['b']);
  assert.deepEqual(outcomes.get('KafkaSink ns/b'), {
    kind: 'failed',
    reason: 'Conflict',
    message: 'the path /ns/b is that of Broker ns/b; rename one of the two',
  });
});

test('what did not change is the same object as before', () => {
  const assembler = new ContractAssembler();
  const parts = [brokerPart('a'), brokerPart('b')];
  const triggers = [triggerPart('t', 'a'), triggerPart('u', 'b')];
  const before = assembled(parts, triggers, assembler).state.resources;
  assert.equal(assembler.isDirty, false);
  const changed = [triggers[0]!, triggerPart('u', 'b', { destination: 'http://other/' })];
  const { state, outcomes } = assembled(parts, changed, assembler);
  const after = state.resources;
  assert.deepEqual([...outcomes.keys()], ['Broker ns/b', 'Trigger ns/u'], 'only what changed is looked at');
  assert.equal(after.get('a'), before.get('a'));
  assert.notEqual(after.get('b'), before.get('b'));
  assert.equal(after.get('b')?.egresses[0]?.destination, 'http://other/');
});

test('a Trigger that goes, or goes to another Broker, leaves the one it was with', () => {
  const assembler = new ContractAssembler();
  const [t, u] = [triggerPart('t', 'a'), triggerPart('u', 'a')];
  assembled([brokerPart('a'), brokerPart('b')], [t, u], assembler);
  assembler.setEgress(t.key, undefined);
  const { state, outcomes } = assembled([], [triggerPart('u', 'b')], assembler);
  const uids = ['a', 'b'].map((name) => state.resources.get(name)?.egresses.map(({ uid }) => uid));
  assert.deepEqual(uids, [[], ['u']]);
  assert.deepEqual([outcomes.get('Trigger ns/t'), outcomes.get('Trigger ns/u')], [undefined, { kind: 'published' }]);
});

test('who lost a path gets it when the owner goes', () => {
  const assembler = new ContractAssembler();
  const sink = {
    key: { kind: 'KafkaSink', namespace: 'ns', name: 'b' },
    resource: brokerPart('b', { uid: 's' }).resource,
  } as const;
  assembled([brokerPart('b'), sink], [], assembler);
  assembler.setResource(brokerPart('b').key, undefined);
  const { state, outcomes } = assembler.assemble();
  assert.deepEqual([...state.resources.keys()], ['s']);
  assert.deepEqual(outcomes.get('KafkaSink ns/b'), { kind: 'published' });
});

test('whatever is put in, the contract that comes out holds no contradiction', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const uid = fc.constantFrom('u', 'v', 'w', '');
  const resource = fc.record({ name, uid, topic: fc.constantFrom('t', 'no name') });
  const egress = fc.record({
    name: fc.constantFrom('x', 'y', 'z'),
    broker: name,
    uid,
    destination: fc.constantFrom('http://h/', 'h'),
  });
  fc.assert(
    fc.property(fc.array(resource), fc.array(egress), fc.array(name), (resources, egresses, removed) => {
      const assembler = new ContractAssembler();
      const valid = (): void => assert.deepEqual(contractProblems(contractMessage(assembler.assemble().state, 1n)), []);
      for (const part of resources)
        assembled([brokerPart(part.name, { uid: part.uid, topics: [part.topic] })], [], assembler);
      for (const { name: trigger, broker, ...more } of egresses)
        assembled([], [triggerPart(trigger, broker, more)], assembler);
      valid();
      for (const gone of removed) assembler.setResource({ kind: 'Broker', namespace: 'ns', name: gone }, undefined);
      valid();
    }),
  );
});
