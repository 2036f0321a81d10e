/** The public names of `@eventing-kafka/contract`, listed one by one. */
export {
  All,
  Any,
  BackoffPolicy,
  CESQL,
  CloudEventOverrides,
  ContentMode,
  Contract,
  DeliveryOrder,
  DialectedFilter,
  Egress,
  EgressConfig,
  EgressFeatureFlags,
  Empty,
  EventPolicy,
  Exact,
  FeatureFlags,
  Filter,
  Ingress,
  InitialOffset,
  KeyFieldReference,
  KeyType,
  MultiSecretReference,
  Not,
  Prefix,
  Protocol,
  Reference,
  Resource,
  SecretField,
  SecretReference,
  Suffix,
  TokenMatcher,
  type DeepPartial,
  type MessageFns,
} from './generated/eventing_kafka/contract/v1/contract.ts';
export { applyDelta } from './apply.ts';
export { contractMessage, contractState, emptyContractState, type ContractState } from './contract-state.ts';
export {
  type ApplyContract,
  type BreakerState,
  type ContractUpdate,
  type ContractUpdateParts,
  type EgressPhase,
  type EgressRuntimeState,
  type RefusedPart,
} from './contract-update.ts';
export { diffContracts, isEmptyDelta, type ContractDelta, type ResourceChange } from './diff.ts';
export { contractsEqual, resourcesEqual } from './equality.ts';
export { ContractError, isContractError } from './errors.ts';
export { parseContractJson, readContractJson, type ReadContract } from './json/contract-json.ts';
export { admitResource, type AdmittedResource } from './problems/admit-resource.ts';
export { claimKey, claimedAlready, resourceClaims, type Claim } from './problems/claims.ts';
export { contractProblems, trustBundleProblems } from './problems/contract-problems.ts';
export { type ContractProblem } from './problems/problem.ts';
export { resourceProblems } from './problems/resource-problems.ts';
export { compareRevisions, type Revision } from './revision.ts';
