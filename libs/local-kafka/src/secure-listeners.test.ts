import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificates } from './local-certificates.ts';
import { listenerProperties, scramUsers, type ListenerSettings } from './secure-listeners.ts';

const settings: ListenerSettings = {
  listeners: {
    MTLS: { protocol: 'SSL' },
    SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['PLAIN', 'SCRAM-SHA-512'] },
    BOTH: { protocol: 'SASL_SSL', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] },
  },
  ports: new Map(),
  users: { alice: 'a"b\\c;' },
  certificates: await makeCertificates(),
};

test('clients must show a certificate where nothing else tells them apart', () => {
  const properties = listenerProperties(settings);
  assert.equal(properties['listener.name.mtls.ssl.client.auth'], 'required');
  assert.equal(properties['listener.name.both.ssl.client.auth'], 'none');
  assert.equal(properties['listener.name.sasl.ssl.client.auth'], undefined);
});

test('a password cannot leave its quotes', () => {
  assert.equal(
    listenerProperties(settings)['listener.name.sasl.plain.sasl.jaas.config'],
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="a\\"b\\\\c;";',
  );
});

test('each SCRAM mechanism of any listener gets the passwords once', () => {
  assert.deepEqual(scramUsers(settings), [
    '--add-scram',
    'SCRAM-SHA-512=[name=alice,password=a"b\\c;]',
    '--add-scram',
    'SCRAM-SHA-256=[name=alice,password=a"b\\c;]',
  ]);
});
