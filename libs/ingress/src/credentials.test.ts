import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '@eventing-kafka/contract';
import { KafkaError, type KafkaSecurity } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import { Admission } from './admission.ts';
import { ContractRoutes } from './contract-routes.ts';

const security: KafkaSecurity = { protocol: 'SASL_SSL', user: 'u', password: 'p' };

/** A resource whose Secret has this version, and no Secret for an empty one. */
function broker(version: string, path = '/a', uid = 'a'): Resource {
  if (version === '') return resource(uid, { path });
  const value = { uuid: 's', namespace: 'ns', name: 's', version, kind: '', groupVersion: '' };
  return resource(uid, { path }, { auth: { $case: 'authSecret', value } });
}

interface Opened {
  readonly kafka: ScriptedKafka;
  readonly routes: ContractRoutes;
  readonly apply: (...resources: Resource[]) => Promise<(readonly [string, string, string])[]>;
}

/** Routes of an ingress that reads what `secrets` has for a version. */
function open(secrets: (version: string) => Promise<KafkaSecurity>): Opened {
  const kafka = new ScriptedKafka();
  const history = new ContractHistory();
  const routes = new ContractRoutes({
    kafka,
    producerSettings: {},
    openAdmission: () => Admission.ofProcess({ maxInFlightRequests: 100, maxInFlightBytes: 1000 }),
    instruments: { route: () => ({ answered: () => undefined }), forget: () => undefined },
    logger: silentLogger,
    resolveSecurity: (auth) => secrets(auth.$case === 'authSecret' ? auth.value.version : ''),
  });
  return {
    kafka,
    routes,
    apply: async (...resources) => {
      const refused = await routes.apply(history.next(...resources));
      return refused.map(({ resourceUid, reason, message }) => [resourceUid, reason, message] as const);
    },
  };
}

test('credentials that cannot be read leave those before at work, and count once they can be', async () => {
  let isThere = false;
  const { kafka, routes, apply } = open((version) =>
    version === '1' || isThere
      ? Promise.resolve({ ...security, password: version })
      : Promise.reject(Object.assign(new Error('Secret ns/s: key: password'), { reason: 'CredentialsInvalid' })),
  );
  assert.deepEqual(await apply(broker('1')), []);
  const before = routes.table.byTarget('/a');
  assert.deepEqual(await apply(broker('2')), [
    ['a', 'CredentialsInvalid', 'The Kafka credentials cannot be used: Secret ns/s: key: password'],
  ]);
  assert.equal(routes.table.byTarget('/a'), before);
  isThere = true;
  assert.deepEqual(await apply(broker('2')), []);
  assert.notEqual(routes.table.byTarget('/a'), before);
  await routes.settled();
  assert.deepEqual([kafka.created, kafka.alive], [2, 1]);
});

test('credentials that Kafka refuses leave those before at work', async () => {
  const { kafka, routes, apply } = open((version) => Promise.resolve({ ...security, password: version }));
  assert.deepEqual(await apply(broker('1')), []);
  kafka.onDescribe = () => Promise.reject(new KafkaError('KAFKA_AUTHENTICATION', 'SASL said no'));
  assert.deepEqual(await apply(broker('2')), [
    ['a', 'CredentialsRefused', 'Kafka refuses the new credentials, the ones before go on: SASL said no'],
  ]);
  assert.ok(routes.table.byTarget('/a'));
  kafka.onDescribe = () => Promise.reject(new KafkaError('KAFKA_UNREACHABLE', 'away'));
  assert.deepEqual(await apply(broker('2')), [], 'a Kafka that is away says nothing about them');
});

test('going back to the credentials before ends the refusal', async () => {
  const { routes, apply } = open((version) =>
    version === '1' ? Promise.resolve(security) : Promise.reject(new Error('no such Secret')),
  );
  await apply(broker('1'));
  const before = routes.table.byTarget('/a');
  assert.equal((await apply(broker('2'))).length, 1);
  assert.deepEqual(await apply(broker('1')), []);
  assert.equal(routes.table.byTarget('/a'), before);
});

test('a route without credentials does not go on where credentials are asked for', async () => {
  const { routes, apply } = open(() => Promise.reject(new Error('no such Secret')));
  assert.deepEqual(await apply(broker('')), []);
  assert.equal((await apply(broker('1'))).length, 1);
  assert.equal(routes.table.byTarget('/a'), undefined);
});

test('a route that is to be elsewhere does not stay where it was with the credentials before', async () => {
  const { routes, apply } = open((version) =>
    version === '1' ? Promise.resolve(security) : Promise.reject(new Error('no such Secret')),
  );
  await apply(broker('1'));
  assert.equal((await apply(broker('2', '/b'))).length, 1);
  assert.equal(routes.table.byTarget('/a'), undefined);
  assert.equal(routes.table.byTarget('/b'), undefined);
});

test('a change of something else does not depend on the Secret being readable at that moment', async () => {
  let reads = 0;
  const { routes, apply } = open(() => {
    reads += 1;
    return reads === 1 ? Promise.resolve(security) : Promise.reject(new Error('Kubernetes is away'));
  });
  await apply(broker('1'));
  assert.deepEqual(await apply(broker('1', '/b')), []);
  assert.ok(routes.table.byTarget('/b'));
});

test('what is wrong with the credentials of one resource holds back no other', async () => {
  const { routes, apply } = open(() => Promise.reject(new Error('no such Secret')));
  const refused = await apply(broker('1'), broker('', '/b', 'b'));
  assert.deepEqual(
    refused.map(([uid]) => uid),
    ['a'],
  );
  assert.ok(routes.table.byTarget('/b'));
});
