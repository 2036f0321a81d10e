/** The public names of `@eventing-kafka/contract-stream`, listed one by one. */
export { ContractStreamError, isContractStreamError } from './errors.ts';
export { type Keepalive } from './limits.ts';
export { type AllowedPeers } from './allowed-peers.ts';
export { type StreamSecurity } from './security.ts';
export { parseSpiffeId, type SpiffeIdentity } from './spiffe-identity.ts';
export { readTlsFiles, type TlsFiles } from './tls-files.ts';
export {
  type AuthenticateProcess,
  type ConnectedProcess,
  type ContractServer,
  type ContractServerOptions,
  type ExpectedProcess,
  type PendingProcess,
  type ProcessClaim,
  type ProcessKind,
  type ProcessProof,
  type ServingStatus,
} from './server-api.ts';
export {
  type ContractSubscription,
  type ContractSubscriptionOptions,
  type ProcessIdentity,
} from './subscription-api.ts';
export {
  readServerMaterial,
  readServerSecurity,
  readStreamClient,
  streamClientSettings,
  streamServerSettings,
  type StreamClientSettings,
  type StreamServerSettings,
} from './settings.ts';
export { subscribeToContracts } from './client/contract-subscription.ts';
export { startContractServer } from './server/contract-server.ts';
export { processKey } from './server/roster.ts';
