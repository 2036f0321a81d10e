import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TlsMaterialSource } from '@eventing-kafka/certificates';
import { combineSettings, defineSettings, type SettingsOf } from '@eventing-kafka/config';
import type { AllowedPeers } from './allowed-peers.ts';
import { ContractStreamError } from './errors.ts';
import type { StreamSecurity } from './security.ts';
import { securitySettings, spiffeIds, whyNotInsecure, type SecuritySettings } from './security-settings.ts';
import type { ProcessKind } from './server-api.ts';
import type { ContractSubscriptionOptions } from './subscription-api.ts';
import { readTlsFiles } from './tls-files.ts';

/** What a controller lets its operator set of the push; read the files of mutual TLS with {@link readServerSecurity}. */
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
  defineSettings({
    contractReceiverIds: {
      kind: 'list',
      env: 'CONTRACT_RECEIVER_IDS',
      flag: 'contract-receiver-ids',
      default: [],
      description: 'accounts that may be receivers: namespace/account, {namespace}/account or a SPIFFE id',
    },
    contractDispatcherIds: {
      kind: 'list',
      env: 'CONTRACT_DISPATCHER_IDS',
      flag: 'contract-dispatcher-ids',
      default: [],
      description: 'accounts that may be dispatchers',
    },
  }),
);

/** Where a controller on the same machine listens. */
const defaultContractAddress = '127.0.0.1:8090';

/** What a process of the data plane lets its operator set of the push; {@link readStreamClient} makes options of them. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function streamClientSettings(kind: ProcessKind) {
  return combineSettings(
    defineSettings({
      contractAddress: {
        kind: 'text',
        env: 'CONTRACT_ADDRESS',
        flag: 'contract-address',
        optional: true,
        pattern: /.+:\d+/,
        allowed: 'host:port',
        description: `controller that says what to serve; ${defaultContractAddress} when nothing does`,
      },
    }),
    securitySettings('the controller’s certificate'),
    defineSettings({
      contractPeerIds: {
        kind: 'list',
        env: 'CONTRACT_PEER_IDS',
        flag: 'contract-peer-ids',
        default: [],
        description: 'accounts that may be the controller: namespace/account or a SPIFFE id; needed with mutual TLS',
      },
      contractTokenFile: {
        kind: 'text',
        env: 'CONTRACT_TOKEN_FILE',
        flag: 'contract-token-file',
        optional: true,
        description: 'file with a token that proves to the controller which Pod this is; read for each connection',
      },
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
        description: 'namespace whose own data plane this belongs to; empty: the shared one',
      },
      resourceKinds: {
        kind: 'list',
        env: 'RESOURCE_KINDS',
        flag: 'resource-kinds',
        default: [],
        description: 'kinds of resources that are served, such as Broker or KafkaSink; empty: all',
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
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: a file is missing or cannot be read, nobody may be the controller, or
 *   the push would be insecure where it may not
 */
export async function readStreamClient(
  kind: ProcessKind,
  settings: StreamClientSettings,
): Promise<Pick<ContractSubscriptionOptions, 'target' | 'security' | 'token' | 'identity' | 'snapshotFile'>> {
  const {
    contractAddress = defaultContractAddress,
    contractPeerIds,
    contractTokenFile,
    contractTrustDomain,
  } = settings;
  const { nodeId = `${hostname()}-${process.pid}`, namespace, resourceKinds, snapshotFile } = settings;
  const peers = { controller: spiffeIds('CONTRACT_PEER_IDS', contractPeerIds, contractTrustDomain) };
  const security = securityOf(settings, await readServerMaterial(settings), peers, contractAddress);
  if (security.kind === 'mutual-tls' && contractPeerIds.length === 0) {
    throw invalid('With mutual TLS, CONTRACT_PEER_IDS must name who may be the controller');
  }
  if (security.kind === 'insecure' && contractTokenFile !== undefined) {
    throw invalid('CONTRACT_TOKEN_FILE needs mutual TLS: a token is not sent in the clear');
  }
  return {
    target: contractAddress,
    security,
    identity: { nodeId, kind, namespace, resourceKinds },
    ...(contractTokenFile === undefined ? {} : { token: () => readToken(contractTokenFile) }),
    ...(snapshotFile === undefined ? {} : { snapshotFile }),
  };
}

/**
 * How a server is secured as its settings say, certificates read; without any the stream is insecure.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: a file is missing or cannot be read, nobody may connect, or the push
 *   would be insecure where it may not
 */
export async function readServerSecurity(settings: StreamServerSettings): Promise<StreamSecurity> {
  const { contractHost, contractReceiverIds, contractDispatcherIds, contractTrustDomain } = settings;
  const peers = {
    receiver: spiffeIds('CONTRACT_RECEIVER_IDS', contractReceiverIds, contractTrustDomain),
    dispatcher: spiffeIds('CONTRACT_DISPATCHER_IDS', contractDispatcherIds, contractTrustDomain),
  };
  const security = securityOf(settings, await readServerMaterial(settings), peers, contractHost);
  if (security.kind === 'mutual-tls' && peers.receiver.length + peers.dispatcher.length === 0) {
    throw invalid('With mutual TLS, CONTRACT_RECEIVER_IDS and CONTRACT_DISPATCHER_IDS must name who may connect');
  }
  return security;
}

/**
 * The certificates that settings name, watched by who uses them; undefined when they name none. For a server that knows by itself who may
 * connect, or that issues certificates where none are named.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: a file is missing or cannot be read
 */
export async function readServerMaterial(
  settings: Pick<StreamServerSettings, 'contractTlsDir' | 'contractCaFile' | 'contractCertFile' | 'contractKeyFile'>,
): Promise<TlsMaterialSource | undefined> {
  const { contractTlsDir, contractCaFile, contractCertFile, contractKeyFile } = settings;
  if (contractTlsDir !== undefined) {
    const at = (name: string): string => join(contractTlsDir, name);
    return readTlsFiles({ ca: at('ca.crt'), cert: at('tls.crt'), key: at('tls.key') }, () => 'CONTRACT_TLS_DIR');
  }
  if (contractCaFile === undefined || contractCertFile === undefined || contractKeyFile === undefined) return undefined;
  const names = { ca: 'CONTRACT_CA_FILE', cert: 'CONTRACT_CERT_FILE', key: 'CONTRACT_KEY_FILE' } as const;
  return readTlsFiles({ ca: contractCaFile, cert: contractCertFile, key: contractKeyFile }, (part) => names[part]);
}

function securityOf(
  settings: SecuritySettings,
  material: TlsMaterialSource | undefined,
  peers: AllowedPeers,
  address: string,
): StreamSecurity {
  if (material !== undefined) return { kind: 'mutual-tls', material, peers };
  const problem = whyNotInsecure(settings, address);
  if (problem !== undefined) throw invalid(problem);
  return { kind: 'insecure' };
}

async function readToken(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8')).trim();
  if (/^\S+$/u.test(token)) return token;
  throw invalid(`CONTRACT_TOKEN_FILE names ${file}, which holds no token; is the volume of the token mounted there?`);
}

function invalid(message: string): ContractStreamError {
  return new ContractStreamError('CONTRACT_STREAM_INVALID_SECURITY', message);
}
