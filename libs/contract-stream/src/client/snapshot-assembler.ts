import { resourcesEqual, type ContractState, type Egress, type Resource } from '@eventing-kafka/contract';
import type { Snapshot } from '../generated/eventing_kafka/push/v1/push.ts';

/**
 * Puts the parts of a snapshot together. What equals the contract held before becomes its objects part by part, so that the
 * work is spread over the messages and the end finds only what changed.
 */
export class SnapshotAssembler {
  readonly #held: ContractState;
  readonly #resources = new Map<string, Resource>();
  readonly #trustBundles: string[] = [];
  #last: Resource | undefined;

  constructor(held: ContractState) {
    this.#held = held;
  }

  add({ resources, trustBundles }: Snapshot): void {
    this.#trustBundles.push(...trustBundles);
    for (const resource of resources) {
      if (this.#last?.uid === resource.uid) append(this.#last.egresses, resource.egresses);
      else {
        this.#keep(this.#last);
        this.#last = resource;
      }
    }
  }

  finish(): ContractState {
    this.#keep(this.#last);
    this.#last = undefined;
    return { resources: this.#resources, trustBundles: this.#trustBundles };
  }

  /** Called when a resource is complete: its egresses may go on in the next part. */
  #keep(resource: Resource | undefined): void {
    if (resource === undefined) return;
    const held = this.#held.resources.get(resource.uid);
    this.#resources.set(resource.uid, held !== undefined && resourcesEqual(held, resource) ? held : resource);
  }
}

function append(egresses: Egress[], more: readonly Egress[]): void {
  for (const egress of more) egresses.push(egress);
}
