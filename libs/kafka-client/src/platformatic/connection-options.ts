import type { Broker, ConnectionOptions } from '@platformatic/kafka';
import type { KafkaCluster } from '../cluster.ts';
import { KafkaError } from '../kafka-error.ts';
import { checkedSecurity, tokenProviderOf, usesSasl, usesTls } from '../security-settings.ts';

/** How the pure JavaScript driver connects to a cluster. Throws KAFKA_INVALID_CONFIG. */
export function connectionOptions(cluster: KafkaCluster): ConnectionOptions {
  const security = checkedSecurity(cluster);
  const options: ConnectionOptions = { connectTimeout: 3000, requestTimeout: 5000, maxInflights: 1 };
  if (security === undefined) return options;
  if (usesTls(security)) {
    options.tlsServerName = true;
    options.tls = {
      ...(security.caPem === undefined ? {} : { ca: security.caPem }),
      ...(security.certPem === undefined ? {} : { cert: security.certPem }),
      ...(security.keyPem === undefined ? {} : { key: security.keyPem }),
    };
  }
  const tokens = tokenProviderOf(cluster);
  if (tokens !== undefined) {
    options.sasl = { mechanism: 'OAUTHBEARER', token: async () => (await tokens.token()).value };
  } else if (usesSasl(security)) {
    options.sasl = {
      mechanism: security.mechanism ?? 'PLAIN',
      username: security.user ?? '',
      password: security.password ?? '',
    };
  }
  return options;
}

/** The brokers of `host:port,host:port`. Throws KAFKA_INVALID_CONFIG. */
export function parseBootstrapServers(bootstrapServers: string): Broker[] {
  const brokers = bootstrapServers
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const colon = part.lastIndexOf(':');
      const port = Number(part.slice(colon + 1));
      const host = part
        .slice(0, Math.max(colon, 0))
        .replace(/^.*:\/\//, '')
        .replace(/^\[|\]$/g, '');
      if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new KafkaError('KAFKA_INVALID_CONFIG', `Kafka address ${part} is not host:port`);
      }
      return { host, port };
    });
  if (brokers.length > 0) return brokers;
  throw new KafkaError('KAFKA_INVALID_CONFIG', 'no Kafka address is given: host:port, or several with commas between');
}
