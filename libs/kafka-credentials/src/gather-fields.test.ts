import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MultiSecretReference, Protocol, SecretField, type Reference } from '@eventing-kafka/contract';
import { secretData } from '../testing/secrets.ts';
import { gatherFields } from './gather-fields.ts';
import { checkFields } from './parse-kafka-credentials.ts';

const stored: Readonly<Record<string, Record<string, string>>> = {
  login: { name: 'alice', word: 'secret-word', empty: '' },
  how: { type: 'SCRAM-SHA-512' },
};
const read = ({ name }: Reference): Promise<Readonly<Record<string, Uint8Array>>> =>
  Promise.resolve(secretData(stored[name] ?? {}));

function reference(
  protocol: Protocol,
  keys: readonly (readonly [string, string, SecretField])[],
): MultiSecretReference {
  return MultiSecretReference.fromPartial({
    protocol,
    references: keys.map(([name, secretKey, field]) => ({
      reference: { namespace: 'ns', name },
      keyFieldReferences: [{ secretKey, field }],
    })),
  });
}

test('keys of several Secrets become one set of credentials', async () => {
  const fields = await gatherFields(
    reference(Protocol.SASL_PLAINTEXT, [
      ['login', 'name', SecretField.USER],
      ['login', 'word', SecretField.PASSWORD],
      ['how', 'type', SecretField.SASL_MECHANISM],
    ]),
    read,
  );
  assert.deepEqual(checkFields(fields), {
    protocol: 'SASL_PLAINTEXT',
    mechanism: 'SCRAM-SHA-512',
    user: 'alice',
    password: 'secret-word',
  });
});

for (const [what, key] of [
  ['missing', 'nothing'],
  ['empty', 'empty'],
] as const) {
  test(`a key that is ${what} is named with its Secret`, async () => {
    await assert.rejects(gatherFields(reference(Protocol.SASL_SSL, [['login', key, SecretField.PASSWORD]]), read), {
      code: 'CREDENTIALS_INVALID',
      message: `missing secret key or empty secret value (ns/login.${key})`,
    });
  });
}

test('SSL of a reference that lists neither certificate nor key does without (SD17)', async () => {
  assert.deepEqual(checkFields(await gatherFields(reference(Protocol.SSL, []), read)), { protocol: 'SSL' });
});

test('SSL of a reference that lists one of the two is refused', async () => {
  const fields = await gatherFields(reference(Protocol.SSL, [['login', 'name', SecretField.USER_CRT]]), read);
  assert.throws(() => checkFields(fields), /required user key/);
});
