import { invalid } from './credentials-error.ts';

/** The data of a Secret: bytes by key. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/** What is asked for in the end, whichever format it was written in. Texts are as written: nothing is trimmed. */
export interface CredentialFields {
  readonly protocol: string;
  readonly mechanism: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly caPem: string | undefined;
  readonly certPem: string | undefined;
  readonly keyPem: string | undefined;
  /** Whether to do without a client certificate; the text of `user.skip`. */
  readonly userSkip: string | undefined;
  readonly tokenProvider: string | undefined;
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
}

/** Which format a Secret is written in: A has the key `protocol`, B has not (security.md 1.2, 1.3). */
export function readFields(data: SecretData): CredentialFields {
  return 'protocol' in data ? explicitFields(data) : legacyFields(data);
}

function explicitFields(data: SecretData): CredentialFields {
  return {
    ...commonFields(data),
    protocol: textOf(data, 'protocol') ?? '',
    mechanism: textOf(data, 'sasl.mechanism'),
    user: textOf(data, 'user'),
    caPem: textOf(data, 'ca.crt'),
  };
}

/** TLS and SASL are on if what they need is there, and the protocol follows from the two. */
function legacyFields(data: SecretData): CredentialFields {
  // `user` wins over `username`, and `saslType` over `sasltype` (SD12).
  const user = textOf(data, 'user') ?? textOf(data, 'username');
  const caPem = nonEmpty(textOf(data, 'ca.crt'));
  const tls = caPem !== undefined || parseBoolean(textOf(data, 'tls.enabled')) === true;
  const sasl = 'password' in data && user !== undefined;
  return {
    ...commonFields(data),
    protocol: legacyProtocol(tls, sasl),
    mechanism: nonEmpty(textOf(data, 'saslType')) ?? nonEmpty(textOf(data, 'sasltype')),
    user,
    caPem,
  };
}

function legacyProtocol(tls: boolean, sasl: boolean): string {
  if (sasl) return tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return tls ? 'SSL' : 'PLAINTEXT';
}

function commonFields(data: SecretData): Omit<CredentialFields, 'protocol' | 'mechanism' | 'user' | 'caPem'> {
  return {
    password: textOf(data, 'password'),
    certPem: nonEmpty(textOf(data, 'user.crt')),
    keyPem: nonEmpty(textOf(data, 'user.key')),
    userSkip: textOf(data, 'user.skip'),
    tokenProvider: nonEmpty(textOf(data, 'tokenProvider')),
    roleArn: nonEmpty(textOf(data, 'roleARN')),
    region: nonEmpty(textOf(data, 'awsRegion')),
  };
}

/** The text of a key; undefined when it is not there. */
export function textOf(data: SecretData, key: string): string | undefined {
  const bytes = data[key];
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(`the value is not text in UTF-8 (key: ${key})`);
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

/** The words for true and false that Kubernetes users know from Go; undefined for any other text. */
export function parseBoolean(word: string | undefined): boolean | undefined {
  return word === undefined ? undefined : booleans.get(word);
}
