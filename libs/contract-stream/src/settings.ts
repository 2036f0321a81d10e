import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { combineSettings, defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { ContractStreamError } from './errors.ts';
import type { StreamSecurity } from './security.ts';
import type { ProcessKind } from './server-api.ts';
import type { ContractSubscriptionOptions } from './subscription-api.ts';

/** Settings that name the files of mutual TLS. `otherEnd` says whose certificates the CA has signed. */
function securitySettings(otherEnd: string) {
  return defineSettings(
    {
      contractCaFile: {
        kind: 'text',
        env: 'CONTRACT_CA_FILE',
        flag: 'contract-ca-file',
        optional: true,
        description: `PEM file of who signed ${otherEnd}; with the next two: mutual TLS`,
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
    },
    [
      ({ contractCaFile, contractCertFile, contractKeyFile }) => {
        const files = [contractCaFile, contractCertFile, contractKeyFile].filter((file) => file !== undefined);
        return files.length === 1 || files.length === 2
          ? 'CONTRACT_CA_FILE, CONTRACT_CERT_FILE and CONTRACT_KEY_FILE belong together; set all three or none'
          : undefined;
      },
    ],
  );
}

/** What a controller lets its operator set of the push; read the files of mutual TLS with {@link readStreamSecurity}. */
export const streamServerSettings = combineSettings(
  defineSettings({
    contractHost: {
      kind: 'text',
      env: 'CONTRACT_HOST',
      flag: 'contract-host',
      default: '127.0.0.1',
      description: 'address that receivers and dispatchers connect to',
    },
    contractPort: {
      kind: 'port',
      env: 'CONTRACT_PORT',
      flag: 'contract-port',
      default: 8090,
      description: 'port that receivers and dispatchers connect to',
    },
  }),
  securitySettings('their certificates'),
);

/** What a process of the data plane lets its operator set of the push; {@link readStreamClient} makes options of them. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function streamClientSettings(kind: ProcessKind) {
  return combineSettings(
    defineSettings({
      contractAddress: {
        kind: 'text',
        env: 'CONTRACT_ADDRESS',
        flag: 'contract',
        default: '127.0.0.1:8090',
        pattern: /.+:\d+/,
        allowed: 'host:port',
        description: 'controller that says what to serve',
      },
    }),
    securitySettings('the controller’s certificate'),
    defineSettings({
      nodeId: {
        kind: 'text',
        env: 'NODE_ID',
        flag: 'node-id',
        optional: true,
        description: `name of this process to the controller, unique among ${kind}s; the host name and process id if not set`,
      },
      namespace: {
        kind: 'text',
        env: 'RESOURCES_NAMESPACE',
        flag: 'namespace',
        default: '',
        description: 'namespace whose resources are served; empty: all',
      },
      snapshotFile: {
        kind: 'text',
        env: 'CONTRACT_SNAPSHOT_FILE',
        flag: 'snapshot-file',
        optional: true,
        description: 'file that keeps what is served, for a start without the controller',
      },
    }),
  );
}

/** The typed settings of {@link streamClientSettings}. */
export type StreamClientSettings = SettingsOf<ReturnType<typeof streamClientSettings>>;

/** The typed settings of {@link streamServerSettings}. */
export type StreamServerSettings = SettingsOf<typeof streamServerSettings>;

/**
 * Options of `subscribeToContracts` as the settings say, certificates read.
 *
 * @throws ContractStreamError as {@link readStreamSecurity} does.
 */
export async function readStreamClient(
  kind: ProcessKind,
  settings: StreamClientSettings,
): Promise<Pick<ContractSubscriptionOptions, 'target' | 'security' | 'identity' | 'snapshotFile'>> {
  const { contractAddress, nodeId = `${hostname()}-${process.pid}`, namespace, snapshotFile } = settings;
  return {
    target: contractAddress,
    security: await readStreamSecurity(settings),
    identity: { nodeId, kind, namespace },
    ...(snapshotFile === undefined ? {} : { snapshotFile }),
  };
}

/**
 * Mutual TLS with the files that the settings of a server or a client name; without files the stream is insecure.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: a file is missing or cannot be read.
 */
export async function readStreamSecurity({
  contractCaFile,
  contractCertFile,
  contractKeyFile,
}: Pick<StreamServerSettings, 'contractCaFile' | 'contractCertFile' | 'contractKeyFile'>): Promise<StreamSecurity> {
  if (contractCaFile === undefined || contractCertFile === undefined || contractKeyFile === undefined) {
    return { kind: 'insecure' };
  }
  const [ca, cert, key] = await Promise.all([
    readPem('CONTRACT_CA_FILE', contractCaFile),
    readPem('CONTRACT_CERT_FILE', contractCertFile),
    readPem('CONTRACT_KEY_FILE', contractKeyFile),
  ]);
  return { kind: 'mutual-tls', ca, cert, key };
}

async function readPem(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing
      ? 'does not exist'
      : `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      `${setting} names ${file}, which ${why}; name a PEM file that this process may read`,
      { cause },
    );
  }
}
