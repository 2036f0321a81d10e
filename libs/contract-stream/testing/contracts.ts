import {
  Contract,
  Egress,
  Resource,
  contractState,
  type ContractState,
  type DeepPartial,
  type EgressRuntimeState,
} from '@eventing-kafka/contract';

/** A Broker with egresses `<uid>-e0`, `<uid>-e1` and so on. */
export function broker(uid: string, egresses = 1, changes: DeepPartial<Resource> = {}): Resource {
  return Resource.fromPartial({
    uid,
    topics: [`knative-broker-ns-${uid}`],
    bootstrapServers: 'kafka-1.example:9092,kafka-2.example:9092',
    ingress: { path: `/ns/${uid}` },
    egressConfig: { deadLetter: `http://dead-letter.ns.svc/${uid}`, retry: 10, backoffDelay: 1_000n },
    egresses: Array.from({ length: egresses }, (_, index) => trigger(uid, index)),
    reference: { uuid: uid, namespace: 'ns', name: uid, kind: 'Broker', groupVersion: 'eventing.knative.dev/v1' },
    ...changes,
  });
}

/** The egress of a Trigger, with a filter. */
export function trigger(resourceUid: string, index: number, changes: DeepPartial<Egress> = {}): Egress {
  const name = `${resourceUid}-e${index}`;
  return Egress.fromPartial({
    uid: name,
    consumerGroup: `knative-trigger-ns-${name}`,
    destination: `http://subscriber-${name}.ns.svc.cluster.local/events`,
    dialectedFilter: [{ filter: { $case: 'exact', value: { attributes: { type: `com.example.${name}` } } } }],
    reference: { uuid: name, namespace: 'ns', name, kind: 'Trigger', groupVersion: 'eventing.knative.dev/v1' },
    ...changes,
  });
}

export function stateOf(...resources: readonly Resource[]): ContractState {
  return contractState(Contract.fromPartial({ resources: [...resources] }));
}

/** `state` with one resource added or replaced. */
export function withResource(state: ContractState, resource: Resource): ContractState {
  return { ...state, resources: new Map(state.resources).set(resource.uid, resource) };
}

export function delivering(resourceUid: string, egressUid: string, lag: bigint): EgressRuntimeState {
  return { resourceUid, egressUid, phase: 'delivering', lag, partitions: [0, 1] };
}
