import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Egress, Resource, contractMessage, contractProblems } from '@eventing-kafka/contract';
import type { DeepPartial } from '@eventing-kafka/contract';
import fc from 'fast-check';
import { ContractAssembler } from './contract-assembly.ts';
import type { EgressPart, ResourcePart } from './contract-assembly.ts';

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
    brokerKey: { kind: 'Broker', namespace: 'ns', name: broker },
    egress,
  };
}

test('Triggers go into the resource of their Broker', () => {
  const { state, outcomes } = new ContractAssembler().assemble(
    [brokerPart('b')],
    [triggerPart('t1', 'b'), triggerPart('t2', 'b')],
  );
  assert.deepEqual(
    state.resources.get('b')?.egresses.map(({ uid }) => uid),
    ['t1', 't2'],
  );
  assert.deepEqual([...outcomes.values()], [{ kind: 'published' }, { kind: 'published' }, { kind: 'published' }]);
});

test('a Trigger whose Broker has no part is in no contract, and nothing is said of it', () => {
  const { state, outcomes } = new ContractAssembler().assemble([], [triggerPart('t', 'b')]);
  assert.equal(state.resources.size, 0);
  assert.equal(outcomes.size, 0);
});

test('a part that is wrong in itself is left out alone, with what is wrong', () => {
  const { state, outcomes } = new ContractAssembler().assemble(
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
  const { state, outcomes } = new ContractAssembler().assemble([sink, brokerPart('b')], []);
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
  const before = assembler.assemble(parts, triggers).state.resources;
  const after = assembler.assemble(parts, [triggers[0]!, triggerPart('u', 'b', { destination: 'http://other/' })]).state
    .resources;
  assert.equal(after.get('a'), before.get('a'));
  assert.notEqual(after.get('b'), before.get('b'));
  assert.equal(after.get('b')?.egresses[0]?.destination, 'http://other/');
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
    fc.property(
      fc.uniqueArray(resource, { selector: ({ name: key }) => key }),
      fc.uniqueArray(egress, { selector: ({ name: key }) => key }),
      (resources, egresses) => {
        const { state } = new ContractAssembler().assemble(
          resources.map((part) => brokerPart(part.name, { uid: part.uid, topics: [part.topic] })),
          egresses.map((part) => triggerPart(part.name, part.broker, { uid: part.uid, destination: part.destination })),
        );
        assert.deepEqual(contractProblems(contractMessage(state, 1n)), []);
      },
    ),
  );
});
