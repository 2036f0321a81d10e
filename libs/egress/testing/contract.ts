import {
  applyDelta,
  diffContracts,
  Egress,
  emptyContractState,
  InitialOffset,
  Resource,
  type ContractState,
  type ContractUpdate,
  type DeepPartial,
  type RefusedPart,
} from '@eventing-kafka/contract';
import type { Egresses } from '../src/index.ts';

/** A Broker on a topic. */
export function broker(
  bootstrapServers: string,
  topic: string,
  egresses: readonly Egress[],
  more: DeepPartial<Resource> = {},
): Resource {
  const reference = {
    uuid: `broker-${topic}`,
    namespace: 'ns',
    name: topic,
    kind: 'Broker',
    version: '',
    groupVersion: '',
  };
  return Resource.fromPartial({
    uid: `broker-${topic}`,
    topics: [topic],
    bootstrapServers,
    reference,
    ...more,
    egresses: [...egresses],
  });
}

/** A Trigger that reads from the start, so that a test may send before or after it. */
export function trigger(name: string, destination: string, more: DeepPartial<Egress> = {}): Egress {
  return Egress.fromPartial({
    uid: `trigger-${name}`,
    consumerGroup: `knative-trigger-ns-${name}`,
    destination,
    reference: { uuid: `trigger-${name}`, namespace: 'ns', name, kind: 'Trigger', version: '', groupVersion: '' },
    initialOffset: InitialOffset.EARLIEST,
    ...more,
  });
}

/** A filter on attributes. */
export function exactly(attributes: Readonly<Record<string, string>>): Egress['dialectedFilter'] {
  return [{ filter: { $case: 'exact', value: { attributes } } }];
}

/** Pushes whole contracts as a control plane would: as what changed. */
export class ContractDriver {
  readonly #egresses: Egresses;
  #state: ContractState = emptyContractState;
  #generation = 0n;

  constructor(egresses: Egresses) {
    this.#egresses = egresses;
  }

  /** Serves exactly these resources. */
  serve(
    resources: readonly Resource[],
    trustBundles: readonly string[] = this.#state.trustBundles,
  ): Promise<readonly RefusedPart[]> {
    const wanted = { resources: new Map(resources.map((resource) => [resource.uid, resource])), trustBundles };
    const update = applyDelta(this.#state, diffContracts(this.#state, wanted));
    this.#state = update;
    return this.#apply(update);
  }

  /** Serves the same as before, as is done when an egress could not be served at first. */
  again(): Promise<readonly RefusedPart[]> {
    return this.#apply({ ...this.#state, changedUids: [...this.#state.resources.keys()], removedUids: [] });
  }

  #apply(update: Omit<ContractUpdate, 'revision'>): Promise<readonly RefusedPart[]> {
    this.#generation += 1n;
    return this.#egresses.apply({ ...update, revision: { epoch: 1n, generation: this.#generation } });
  }
}
