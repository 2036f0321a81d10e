import type { LocalCertificates } from './local-certificates.ts';

/** How clients prove who they are on a SASL listener. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';

/** A listener of clients beside the plain one, which stays. */
export interface SecureListener {
  readonly protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Of the SASL protocols, at least one. OAUTHBEARER takes unsigned tokens: JSON with `sub` and `exp`, algorithm `none`. */
  readonly mechanisms?: readonly SaslMechanism[];
  /** Whether clients must show a certificate of the CA. Default: only when the protocol is SSL. */
  readonly clientCertificate?: boolean;
}

/** What the properties of listeners are made of. */
export interface ListenerSettings {
  readonly listeners: Readonly<Record<string, SecureListener>>;
  /** Port of each listener. */
  readonly ports: ReadonlyMap<string, number>;
  /** Passwords by user, of PLAIN and SCRAM. */
  readonly users: Readonly<Record<string, string>>;
  /** Needed when a listener speaks TLS. */
  readonly certificates: LocalCertificates | undefined;
}

/** Whether the listener is encrypted. */
export function usesTls({ protocol }: SecureListener): boolean {
  return protocol !== 'SASL_PLAINTEXT';
}

/** What `server.properties` says of these listeners; the lists of all listeners are the caller's. */
export function listenerProperties(settings: ListenerSettings): Readonly<Record<string, string>> {
  const properties: Record<string, string> = {};
  for (const [name, listener] of Object.entries(settings.listeners)) {
    const prefix = `listener.name.${name.toLowerCase()}.`;
    if (usesTls(listener) && settings.certificates !== undefined) {
      const { caPem, server } = settings.certificates;
      properties[`${prefix}ssl.keystore.type`] = 'PEM';
      properties[`${prefix}ssl.keystore.certificate.chain`] = server.certPem;
      properties[`${prefix}ssl.keystore.key`] = server.keyPem;
      properties[`${prefix}ssl.truststore.type`] = 'PEM';
      properties[`${prefix}ssl.truststore.certificates`] = caPem;
      const asked = listener.clientCertificate ?? listener.protocol === 'SSL';
      properties[`${prefix}ssl.client.auth`] = asked ? 'required' : 'none';
    }
    const mechanisms = listener.mechanisms ?? [];
    if (mechanisms.length === 0) continue;
    properties[`${prefix}sasl.enabled.mechanisms`] = mechanisms.join(',');
    for (const mechanism of mechanisms) {
      properties[`${prefix}${mechanism.toLowerCase()}.sasl.jaas.config`] = loginModule(mechanism, settings.users);
    }
  }
  return properties;
}

function loginModule(mechanism: SaslMechanism, users: Readonly<Record<string, string>>): string {
  const security = 'org.apache.kafka.common.security';
  if (mechanism === 'OAUTHBEARER') {
    return `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`;
  }
  if (mechanism !== 'PLAIN') return `${security}.scram.ScramLoginModule required;`;
  const options = Object.entries(users).map(([user, password]) => ` user_${user}=${quoted(password)}`);
  return `${security}.plain.PlainLoginModule required${options.join('')};`;
}

/** Text in the quotes of a JAAS configuration. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The SCRAM mechanisms of any listener. */
export function scramMechanisms({ listeners }: ListenerSettings): readonly SaslMechanism[] {
  const all = Object.values(listeners).flatMap((listener) => listener.mechanisms ?? []);
  return [...new Set(all.filter((mechanism) => mechanism.startsWith('SCRAM-')))];
}

/** Arguments of Kafka's storage tool that give the users their first passwords. */
export function scramUsers(settings: ListenerSettings): readonly string[] {
  return scramMechanisms(settings).flatMap((mechanism) =>
    Object.entries(settings.users).flatMap(([user, password]) => [
      '--add-scram',
      `${mechanism}=[name=${user},password=${password}]`,
    ]),
  );
}
