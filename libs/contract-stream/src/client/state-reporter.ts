import type { ContractState, EgressRuntimeState, Resource } from '@eventing-kafka/contract';
import { Wakeup } from '../wakeup.ts';

/** The newest state of each egress, and which of them the controller has not been told. */
export class StateReporter {
  readonly wakeup = new Wakeup();
  readonly #states = new Map<string, Map<string, EgressRuntimeState>>();
  readonly #untold = new Map<string, EgressRuntimeState>();
  readonly #egressUids = new WeakMap<Resource, ReadonlySet<string>>();

  /** States of egresses that `contract` does not have are passed over. */
  report(states: readonly EgressRuntimeState[], contract: ContractState): void {
    for (const state of states) {
      if (!this.#has(contract, state)) continue;
      const ofResource = this.#states.get(state.resourceUid) ?? new Map<string, EgressRuntimeState>();
      this.#states.set(state.resourceUid, ofResource);
      ofResource.set(state.egressUid, state);
      this.#untold.set(keyOf(state), state);
    }
    this.wakeup.notify();
  }

  /** A new controller knows nothing yet. */
  tellAll(): void {
    for (const states of this.#states.values())
      for (const state of states.values()) this.#untold.set(keyOf(state), state);
    this.wakeup.notify();
  }

  /** Takes up to `most` states that the controller has not been told. */
  take(most: number): readonly EgressRuntimeState[] {
    const taken: EgressRuntimeState[] = [];
    for (const [key, state] of this.#untold) {
      if (taken.length === most) break;
      this.#untold.delete(key);
      taken.push(state);
    }
    if (this.#untold.size > 0) this.wakeup.notify();
    return taken;
  }

  /** Forgets egresses of the given resources that are no longer in `contract`. */
  forget(resourceUids: readonly string[], contract: ContractState): void {
    for (const resourceUid of resourceUids) {
      const states = this.#states.get(resourceUid);
      if (states === undefined) continue;
      for (const [egressUid, state] of states) {
        if (this.#has(contract, state)) continue;
        states.delete(egressUid);
        this.#untold.delete(keyOf(state));
      }
      if (states.size === 0) this.#states.delete(resourceUid);
    }
  }

  #has(contract: ContractState, { resourceUid, egressUid }: EgressRuntimeState): boolean {
    const resource = contract.resources.get(resourceUid);
    if (resource === undefined) return false;
    const uids = this.#egressUids.get(resource) ?? new Set(resource.egresses.map(({ uid }) => uid));
    this.#egressUids.set(resource, uids);
    return uids.has(egressUid);
  }
}

function keyOf({ resourceUid, egressUid }: EgressRuntimeState): string {
  return `${resourceUid}/${egressUid}`;
}
