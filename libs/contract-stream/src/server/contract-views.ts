import type { ContractState, Resource } from '@eventing-kafka/contract';
import { scopeKey, servesResource, type DataPlaneScope } from '../data-plane-scope.ts';

/**
 * What of a contract concerns a process: the resources of its data plane and of its kinds; a receiver gets those with an
 * ingress, without their egresses. Made once per state and scope, however many processes share the scope, and unchanged
 * resources are the same objects in the views of two states, so that their difference costs what changed.
 */
export class ContractViews {
  readonly #views = new WeakMap<ContractState, Map<string, ContractState>>();
  readonly #withoutEgresses = new WeakMap<Resource, Resource>();

  of(state: ContractState, scope: DataPlaneScope): ContractState {
    const views = this.#views.get(state) ?? new Map<string, ContractState>();
    this.#views.set(state, views);
    const key = scopeKey(scope);
    const view = views.get(key) ?? this.#make(state, scope);
    views.set(key, view);
    return view;
  }

  #make(state: ContractState, scope: DataPlaneScope): ContractState {
    const resources = new Map<string, Resource>();
    for (const [uid, resource] of state.resources) {
      if (!servesResource(scope, resource)) continue;
      if (scope.kind === 'dispatcher') resources.set(uid, resource);
      else if (resource.ingress !== undefined) resources.set(uid, this.#receiverPart(resource));
    }
    // Where one data plane serves everything, which is the rule, the view of its dispatchers costs no second map.
    if (scope.kind === 'dispatcher' && resources.size === state.resources.size) return state;
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
