/** The public names of `@eventing-kafka/contract-stream`, listed one by one. */
export { ContractStreamError, isContractStreamError } from './errors.ts';
export { type Keepalive } from './limits.ts';
export { type StreamSecurity } from './security.ts';
export {
  type ConnectedProcess,
  type ContractServer,
  type ContractServerOptions,
  type ExpectedProcess,
  type PendingProcess,
  type ProcessKind,
  type ServingStatus,
} from './server-api.ts';
export {
  type ContractSubscription,
  type ContractSubscriptionOptions,
  type ProcessIdentity,
} from './subscription-api.ts';
export {
  readStreamClient,
  readStreamSecurity,
  streamClientSettings,
  streamServerSettings,
  type StreamClientSettings,
  type StreamServerSettings,
} from './settings.ts';
export { subscribeToContracts } from './client/contract-subscription.ts';
export { startContractServer } from './server/contract-server.ts';
