import type { KafkaSecurity, OAuthTokenProvider } from '@eventing-kafka/kafka-client';
import { readFields, parseBoolean, type CredentialFields, type SecretData } from './credential-fields.ts';
import { invalid } from './credentials-error.ts';
import { mskTokenProvider, type MskTokenSource } from './msk-token-provider.ts';
import { parseCertificates, parseKeyPair } from './pem.ts';

/** What is not in a Secret. */
export interface KafkaCredentialsOptions {
  /** Region of AWS for a Secret without `awsRegion`. Default `us-east-1`. */
  readonly defaultRegion?: string | undefined;
  /** Makes the tokens of OAUTHBEARER. Default {@link mskTokenProvider}. */
  readonly tokenProvider?: (source: MskTokenSource) => OAuthTokenProvider;
}

const protocols = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'] as const;
const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const longestShownProtocol = 40;

/**
 * Kafka credentials from the data of a Secret, in the format with a `protocol` or the legacy one without (security.md 1.2, 1.3). One
 * check for controller and data plane (SD13).
 *
 * @throws CredentialsError `CREDENTIALS_INVALID` that names the key and never a value
 */
export function parseKafkaCredentials(data: SecretData, options: KafkaCredentialsOptions = {}): KafkaSecurity {
  return checkFields(readFields(data), options);
}

/** As {@link parseKafkaCredentials}, of fields that were gathered already. */
export function checkFields(fields: CredentialFields, options: KafkaCredentialsOptions = {}): KafkaSecurity {
  const protocol = protocols.find((known) => known === fields.protocol);
  if (protocol === undefined) {
    const shown = fields.protocol.slice(0, longestShownProtocol);
    throw invalid(`protocol ${shown} unsupported (key: protocol), supported protocols: [${protocols.join(' ')}]`);
  }
  try {
    return {
      protocol,
      ...(protocol.startsWith('SASL_') ? sasl(fields, options) : {}),
      ...(protocol.endsWith('SSL') ? tls(fields, protocol === 'SSL') : {}),
    };
  } catch (error) {
    throw invalid(`[protocol ${protocol}] ${error instanceof Error ? error.message : String(error)}`);
  }
}

function sasl(fields: CredentialFields, options: KafkaCredentialsOptions): Partial<KafkaSecurity> {
  const asked = fields.mechanism ?? 'PLAIN';
  if (asked === 'OAUTHBEARER') return { mechanism: asked, tokenProvider: tokens(fields, options) };
  const mechanism = passwordMechanisms.find((known) => known === asked);
  // Taken for PLAIN, a mistyped mechanism would send the password in the clear (SD10).
  if (mechanism === undefined) throw new Error('unsupported SASL mechanism (key: sasl.mechanism)');
  return {
    mechanism,
    user: word(fields.user, 'SASL user required (key: user)', 'user'),
    password: word(fields.password, 'SASL password required (key: password)', 'password'),
  };
}

function word(value: string | undefined, missing: string, key: string): string {
  if (value === undefined || value.trim() === '') throw new Error(missing);
  // It ends a field of PLAIN, and a text of C.
  if (value.includes('\0')) throw new Error(`a NUL character cannot be sent (key: ${key})`);
  return value;
}

function tokens(fields: CredentialFields, options: KafkaCredentialsOptions): OAuthTokenProvider {
  const { tokenProvider, roleArn } = fields;
  const failed = (why: string): Error => new Error(`failed to create OAUTHBEARER token provider: ${why}`);
  if (tokenProvider === undefined) throw failed('OAUTHBEARER token provider required (key: tokenProvider)');
  const region = fields.region ?? options.defaultRegion ?? 'us-east-1';
  // It becomes part of a host name.
  if (!/^[a-z\d-]{1,40}$/.test(region))
    throw failed('the region is not one of AWS, such as eu-west-1 (key: awsRegion)');
  const make = options.tokenProvider ?? mskTokenProvider;
  switch (tokenProvider) {
    case 'MSKAccessTokenProvider':
      return make({ region });
    case 'MSKRoleAccessTokenProvider':
      if (roleArn === undefined) throw failed('role ARN required (key: roleARN)');
      return make({ region, roleArn });
    default:
      throw failed(
        'token provider unsupported (key: tokenProvider), supported: [MSKAccessTokenProvider MSKRoleAccessTokenProvider]',
      );
  }
}

function tls(fields: CredentialFields, needsCertificate: boolean): Partial<KafkaSecurity> {
  const { caPem } = fields;
  return {
    ...(caPem === undefined ? {} : { caPem: checkedCa(caPem) }),
    ...clientCertificate(fields, needsCertificate),
  };
}

function checkedCa(pem: string): string {
  try {
    return parseCertificates(pem)
      .map((certificate) => certificate.toString())
      .join('');
  } catch {
    throw new Error('failed to parse CA certificates (key: ca.crt)');
  }
}

function clientCertificate(fields: CredentialFields, isNeeded: boolean): Partial<KafkaSecurity> {
  const { certPem, keyPem, userSkip } = fields;
  const skip = parseBoolean(userSkip);
  if (isNeeded && userSkip !== undefined && skip === undefined) {
    throw new Error('failed to parse client auth flag (key: user.skip): it is neither true nor false');
  }
  if (skip === true) return {};
  if (certPem === undefined || keyPem === undefined) {
    if (!isNeeded) return {};
    throw new Error('required user key (key: user.key|user.crt) - use "user.skip: true" to disable client auth');
  }
  try {
    return parseKeyPair(certPem, keyPem);
  } catch (error) {
    throw new Error(`failed to load x.509 key pair: ${error instanceof Error ? error.message : String(error)}`);
  }
}
