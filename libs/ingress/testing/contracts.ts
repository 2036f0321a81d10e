import { Resource } from '@eventing-kafka/contract';
import type { ContractUpdate, Ingress } from '@eventing-kafka/contract';

/** A Broker's resource; `ingress` is undefined for one without. */
export function resource(
  uid: string,
  ingress: Partial<Ingress> | undefined,
  rest: { topics?: string[]; bootstrapServers?: string; auth?: Resource['auth'] } = {},
): Resource {
  return Resource.fromPartial({
    uid,
    topics: rest.topics ?? [`topic-${uid}`],
    bootstrapServers: rest.bootstrapServers ?? 'kafka:9092',
    ...(ingress === undefined ? {} : { ingress }),
    ...(rest.auth === undefined ? {} : { auth: rest.auth }),
    reference: { uuid: uid, namespace: 'ns', name: uid, kind: 'Broker', groupVersion: 'eventing.knative.dev/v1' },
  });
}

/** Makes updates of whole contracts, as a subscription would: every resource counts as changed. */
export class ContractHistory {
  #generation = 0n;
  #uids: readonly string[] = [];

  /** The contract that holds `resources` and nothing else. */
  next(...resources: readonly Resource[]): ContractUpdate {
    this.#generation += 1n;
    const present = new Map(resources.map((one) => [one.uid, one]));
    const removedUids = this.#uids.filter((uid) => !present.has(uid));
    this.#uids = [...present.keys()];
    return {
      revision: { epoch: 1n, generation: this.#generation },
      resources: present,
      trustBundles: [],
      changedUids: this.#uids,
      removedUids,
    };
  }
}
