/** The public names of `@eventing-kafka/contract-applier`, listed one by one. */
export { backoffMs } from './backoff.ts';
export { ContractApplier, type ContractApplierOptions } from './contract-applier.ts';
