import type { KafkaCluster, KafkaSecurity, OAuthTokenProvider } from './cluster.ts';
import { KafkaError } from './kafka-error.ts';
import type { PropertyValue } from './properties.ts';

/** librdkafka's properties for this security. Throws KAFKA_INVALID_CONFIG when something is missing (security.md 1.6). */
export function securityProperties(cluster: KafkaCluster): Readonly<Record<string, PropertyValue>> {
  const security = checkedSecurity(cluster);
  if (security === undefined || security.protocol === 'PLAINTEXT') return {};
  const properties: Record<string, PropertyValue> = { 'security.protocol': security.protocol.toLowerCase() };
  if (usesSasl(security)) {
    properties['sasl.mechanism'] = security.mechanism ?? 'PLAIN';
    if (security.mechanism !== 'OAUTHBEARER') {
      properties['sasl.username'] = security.user ?? '';
      properties['sasl.password'] = security.password ?? '';
    }
  }
  if (usesTls(security)) {
    if (security.caPem === undefined) properties['ssl.ca.location'] = 'probe';
    else properties['ssl.ca.pem'] = security.caPem;
    if (security.certPem !== undefined && security.keyPem !== undefined) {
      properties['ssl.certificate.pem'] = security.certPem;
      properties['ssl.key.pem'] = security.keyPem;
    }
  }
  return properties;
}

/** The security of a cluster, if complete. */
export function checkedSecurity(cluster: KafkaCluster): KafkaSecurity | undefined {
  const { security } = cluster;
  if (security === undefined) return undefined;
  const problem = securityProblem(security);
  if (problem !== undefined)
    throw new KafkaError('KAFKA_INVALID_CONFIG', `Kafka security ${security.protocol}: ${problem}`);
  return security;
}

/** Where the tokens of the cluster come from, if it wants any. */
export function tokenProviderOf({ security }: KafkaCluster): OAuthTokenProvider | undefined {
  return security !== undefined && usesSasl(security) && security.mechanism === 'OAUTHBEARER'
    ? security.tokenProvider
    : undefined;
}

/** Whether there is a user to name. */
export function usesSasl(security: KafkaSecurity): boolean {
  return security.protocol === 'SASL_PLAINTEXT' || security.protocol === 'SASL_SSL';
}

/** Whether the connection is encrypted. */
export function usesTls(security: KafkaSecurity): boolean {
  return security.protocol === 'SSL' || security.protocol === 'SASL_SSL';
}

const protocols: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const mechanisms: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];

function securityProblem(security: KafkaSecurity): string | undefined {
  if (!protocols.includes(security.protocol)) return `the protocol must be one of ${protocols.join(', ')}`;
  if ((security.certPem === undefined) !== (security.keyPem === undefined)) {
    return 'a client certificate needs both certPem and keyPem';
  }
  if (!usesSasl(security)) return undefined;
  if (security.mechanism !== undefined && !mechanisms.includes(security.mechanism)) {
    return `the mechanism must be one of ${mechanisms.join(', ')}`;
  }
  if (security.mechanism === 'OAUTHBEARER') {
    return security.tokenProvider === undefined ? 'OAUTHBEARER needs a tokenProvider' : undefined;
  }
  if (isBlank(security.user) || isBlank(security.password)) return 'user and password must be given';
  return undefined;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}
