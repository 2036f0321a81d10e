import { Contract, Egress, Resource, type DeepPartial } from '../src/index.ts';

/** A Broker that has no problems. */
export function validResource(changes: DeepPartial<Resource> = {}): Resource {
  return Resource.fromPartial({
    uid: 'broker-1',
    topics: ['knative-broker-ns-default'],
    bootstrapServers: 'kafka-1:9092,[::1]:9093, kafka_3.example.com:65535',
    ingress: { path: '/ns/default' },
    egresses: [validEgress()],
    ...changes,
  });
}

/** The egress of a Trigger that has no problems. */
export function validEgress(changes: DeepPartial<Egress> = {}): Egress {
  return Egress.fromPartial({
    uid: 'trigger-1',
    consumerGroup: 'knative-trigger-ns-trigger-1',
    destination: 'https://subscriber.ns.svc.cluster.local/events?x=1',
    ...changes,
  });
}

export function contractOf(...resources: readonly Resource[]): Contract {
  return Contract.fromPartial({ generation: 1n, resources: [...resources] });
}
