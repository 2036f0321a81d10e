import type { Contract } from './generated/eventing_kafka/contract/v1/contract.ts';
import { type Resource } from './generated/eventing_kafka/contract/v1/contract.ts';

/** What a contract says, by uid, without its generation. Treat everything in it as frozen: equal parts are shared between states. */
export interface ContractState {
  /** By `Resource.uid`. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** PEM bundles, trusted for outgoing HTTPS requests. */
  readonly trustBundles: readonly string[];
}

/** A state that serves nothing. */
export const emptyContractState: ContractState = Object.freeze({
  resources: new Map<string, Resource>(),
  trustBundles: Object.freeze([]),
});

/** The state a contract message holds. Of resources with the same uid the last wins; `contractProblems` names them. */
export function contractState(contract: Contract): ContractState {
  return {
    resources: new Map(contract.resources.map((resource) => [resource.uid, resource])),
    trustBundles: contract.trustBundles,
  };
}

/** The message that holds `state`, with the given generation. Resources are shared with the state, not copied. */
export function contractMessage(state: ContractState, generation: bigint): Contract {
  return { generation, resources: [...state.resources.values()], trustBundles: [...state.trustBundles] };
}
