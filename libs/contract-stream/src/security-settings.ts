import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { ContractStreamError } from './errors.ts';
import { parseSpiffeId } from './spiffe-identity.ts';

/** Settings that say where the certificates of mutual TLS are. `otherEnd` says whose certificates the CA has signed. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function securitySettings(otherEnd: string) {
  return defineSettings(
    {
      contractTlsDir: {
        kind: 'text',
        env: 'CONTRACT_TLS_DIR',
        flag: 'contract-tls-dir',
        optional: true,
        description:
          'folder with ca.crt, tls.crt and tls.key, such as a mounted Secret: mutual TLS; read again when they change',
      },
      contractCaFile: {
        kind: 'text',
        env: 'CONTRACT_CA_FILE',
        flag: 'contract-ca-file',
        optional: true,
        description: `PEM file of who signed ${otherEnd}; with the next two, in place of the folder: mutual TLS`,
      },
      contractCertFile: {
        kind: 'text',
        env: 'CONTRACT_CERT_FILE',
        flag: 'contract-cert-file',
        optional: true,
        description: 'PEM file of this process’s certificate',
      },
      contractKeyFile: {
        kind: 'text',
        env: 'CONTRACT_KEY_FILE',
        flag: 'contract-key-file',
        optional: true,
        description: 'PEM file of its key',
      },
      contractTrustDomain: {
        kind: 'text',
        env: 'CONTRACT_TRUST_DOMAIN',
        flag: 'contract-trust-domain',
        default: 'cluster.local',
        pattern: /[a-z0-9._-]{1,255}/,
        allowed: 'a trust domain of SPIFFE: lower-case letters, digits, dots, dashes, underscores',
        description: 'trust domain of accounts that are given as namespace/account',
      },
      contractInsecure: {
        kind: 'boolean',
        env: 'CONTRACT_INSECURE',
        flag: 'insecure',
        default: false,
        description: 'push without TLS to or from other machines; never in Kubernetes',
      },
      // Of the variables that Kubernetes sets in every container the one that nobody else reads.
      kubernetesServicePortHttps: {
        kind: 'text',
        env: 'KUBERNETES_SERVICE_PORT_HTTPS',
        optional: true,
        description: 'set by Kubernetes in every container: there the push needs mutual TLS',
      },
    },
    [
      ({ contractCaFile, contractCertFile, contractKeyFile }) => {
        const files = [contractCaFile, contractCertFile, contractKeyFile].filter((file) => file !== undefined);
        return files.length === 1 || files.length === 2
          ? 'CONTRACT_CA_FILE, CONTRACT_CERT_FILE and CONTRACT_KEY_FILE belong together; set all three or none'
          : undefined;
      },
      ({ contractTlsDir, contractCaFile }) =>
        contractTlsDir !== undefined && contractCaFile !== undefined
          ? 'CONTRACT_TLS_DIR and CONTRACT_CA_FILE say the same in two ways; set the folder or the three files'
          : undefined,
      ({ contractInsecure, contractTlsDir, contractCaFile }) =>
        contractInsecure && (contractTlsDir ?? contractCaFile) !== undefined
          ? '--insecure contradicts certificates; leave one of them out'
          : undefined,
      ({ contractInsecure, kubernetesServicePortHttps }) =>
        contractInsecure && kubernetesServicePortHttps !== undefined
          ? '--insecure is not for Kubernetes: there contracts are only pushed over mutual TLS; set CONTRACT_TLS_DIR'
          : undefined,
    ],
  );
}

/** The typed settings of {@link securitySettings}. */
export type SecuritySettings = SettingsOf<ReturnType<typeof securitySettings>>;

/**
 * Why contracts may not be pushed without TLS, if so. On one machine they may; between machines only where an operator asked
 * for it; in Kubernetes never: any Pod could say what is served, or read it (security.md 6.2).
 *
 * @param address `host` or `host:port` of the controller
 */
export function whyNotInsecure(
  { contractInsecure, kubernetesServicePortHttps }: SecuritySettings,
  address: string,
): string | undefined {
  const remedy = 'set CONTRACT_TLS_DIR to a folder with ca.crt, tls.crt and tls.key';
  if (kubernetesServicePortHttps !== undefined) {
    return `In Kubernetes contracts are only pushed over mutual TLS; ${remedy}`;
  }
  if (contractInsecure || isLoopback(address)) return undefined;
  return `Contracts would be pushed without TLS at ${address}, which other machines reach; ${remedy}, or say --insecure`;
}

function isLoopback(address: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$|^::1$/u.test(address);
}

/**
 * SPIFFE ids of accounts, of which each may be given whole, or as `namespace/account`.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: one is neither
 */
export function spiffeIds(setting: string, accounts: readonly string[], trustDomain: string): readonly string[] {
  return accounts.map((account) => {
    const [namespace = '', name = '', ...more] = account.split('/');
    const isShort = !account.startsWith('spiffe:') && more.length === 0;
    const id = isShort ? `spiffe://${trustDomain}/ns/${namespace}/sa/${name}` : account;
    if (parseSpiffeId(id.replaceAll('{namespace}', 'namespace')) !== undefined) return id;
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      `${setting} names ${JSON.stringify(account)}; give accounts as namespace/account, or as SPIFFE ids of service accounts`,
    );
  });
}
