import type { ContractState, Resource } from '@eventing-kafka/contract';
import type { ProcessKind } from '../server-api.ts';

/**
 * What of a contract concerns a process: a receiver gets the resources with an ingress, without their egresses; a process with a
 * namespace gets the resources whose user's object is in it. Made once per state, and unchanged resources are the same
 * objects in the views of two states, so that their difference costs what changed.
 */
export class ContractViews {
  readonly #views = new WeakMap<ContractState, Map<string, ContractState>>();
  readonly #withoutEgresses = new WeakMap<Resource, Resource>();

  of(state: ContractState, kind: ProcessKind, namespace: string): ContractState {
    if (kind === 'dispatcher' && namespace === '') return state;
    const views = this.#views.get(state) ?? new Map<string, ContractState>();
    this.#views.set(state, views);
    const key = `${kind}/${namespace}`;
    const view = views.get(key) ?? this.#make(state, kind, namespace);
    views.set(key, view);
    return view;
  }

  #make(state: ContractState, kind: ProcessKind, namespace: string): ContractState {
    const resources = new Map<string, Resource>();
    for (const [uid, resource] of state.resources) {
      if (!isServedIn(resource, namespace)) continue;
      if (kind === 'dispatcher') resources.set(uid, resource);
      else if (resource.ingress !== undefined) resources.set(uid, this.#receiverPart(resource));
    }
    return { resources, trustBundles: state.trustBundles };
  }

  #receiverPart(resource: Resource): Resource {
    const known = this.#withoutEgresses.get(resource);
    if (known !== undefined) return known;
    const part = { ...resource, egresses: [] };
    this.#withoutEgresses.set(resource, part);
    return part;
  }
}

/** Whether a process of `namespace` (empty: all) serves a resource. */
export function isServedIn(resource: Resource, namespace: string): boolean {
  return namespace === '' || resource.reference?.namespace === namespace;
}
