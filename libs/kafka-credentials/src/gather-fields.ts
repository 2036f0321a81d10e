import {
  Protocol,
  SecretField,
  type KeyFieldReference,
  type MultiSecretReference,
  type Reference,
} from '@eventing-kafka/contract';
import { textOf, type CredentialFields, type SecretData } from './credential-fields.ts';
import { invalid } from './credentials-error.ts';

type Field = Exclude<keyof CredentialFields, 'protocol' | 'userSkip' | 'region'>;

/** What a field of the contract becomes; `TYPE` says nothing that the protocol does not. */
const names: ReadonlyMap<SecretField, Field> = new Map([
  [SecretField.SASL_MECHANISM, 'mechanism'],
  [SecretField.CA_CRT, 'caPem'],
  [SecretField.USER_CRT, 'certPem'],
  [SecretField.USER_KEY, 'keyPem'],
  [SecretField.USER, 'user'],
  [SecretField.PASSWORD, 'password'],
  [SecretField.TOKEN_PROVIDER, 'tokenProvider'],
  [SecretField.ROLE_ARN, 'roleArn'],
]);

const protocolNames: ReadonlyMap<Protocol, string> = new Map([
  [Protocol.PLAINTEXT, 'PLAINTEXT'],
  [Protocol.SASL_PLAINTEXT, 'SASL_PLAINTEXT'],
  [Protocol.SSL, 'SSL'],
  [Protocol.SASL_SSL, 'SASL_SSL'],
]);

/**
 * The credentials that a contract has put together of keys of several Secrets (security.md 1.3, 1.4). A reference lists only keys that are
 * there, so one that lists neither certificate nor key does without: `user.skip` has no field of its own (SD17).
 *
 * @throws CredentialsError `CREDENTIALS_INVALID` when a key is missing or empty; what `readSecret` throws
 */
export async function gatherFields(
  { protocol, references }: MultiSecretReference,
  readSecret: (reference: Reference) => Promise<SecretData>,
): Promise<CredentialFields> {
  const values: Partial<Record<Field, string>> = {};
  for (const { reference, keyFieldReferences } of references) {
    if (reference === undefined || keyFieldReferences.length === 0) continue;
    const data = await readSecret(reference);
    for (const { secretKey, field } of keyFieldReferences) {
      const name = names.get(field);
      if (name !== undefined) values[name] = valueOf(reference, data, secretKey);
    }
  }
  return {
    protocol: protocolNames.get(protocol) ?? String(protocol),
    mechanism: values.mechanism,
    user: values.user,
    password: values.password,
    caPem: values.caPem,
    certPem: values.certPem,
    keyPem: values.keyPem,
    userSkip: values.certPem === undefined && values.keyPem === undefined ? 'true' : undefined,
    tokenProvider: values.tokenProvider,
    roleArn: values.roleArn,
    region: undefined,
  };
}

function valueOf({ namespace, name }: Reference, data: SecretData, key: KeyFieldReference['secretKey']): string {
  const value = textOf(data, key);
  if (value !== undefined && value !== '') return value;
  throw invalid(`missing secret key or empty secret value (${namespace}/${name}.${key})`);
}
