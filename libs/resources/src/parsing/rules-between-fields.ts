import type { ResourceKind } from '../objects/resource-key.ts';
import { brokerClassAnnotation, brokerClasses } from '../objects/broker-class.ts';
import { isRecord } from './structural-schema.ts';
import type { StructuralProblem } from './structural-schema.ts';

/** What is wrong with an object of this namespace that the shape of its fields, one by one, cannot say. */
export function rulesBetweenFields(
  kind: ResourceKind,
  document: unknown,
  namespace: string | undefined,
): readonly StructuralProblem[] {
  const { spec, metadata } = document as { spec?: unknown; metadata?: unknown };
  const fields = isRecord(spec) ? spec : {};
  switch (kind) {
    case 'KafkaSink':
      return topicSettingsTogether(fields);
    case 'Trigger':
      return oneBroker(fields, namespace);
    case 'Broker':
      return servedClass(metadata);
    default:
      return [];
  }
}

/**
 * The Broker that a Trigger names, by `broker` or by a `brokerRef` to one of its own namespace; undefined when it names none that could be
 * served here (control-plane 26 no. 30).
 */
export function brokerNameOf(
  spec: Readonly<Record<string, unknown>>,
  namespace: string | undefined,
): string | undefined {
  const { broker, brokerRef } = spec;
  if (typeof broker === 'string' && broker !== '') return broker;
  if (!isRecord(brokerRef)) return undefined;
  const { kind, name, apiVersion, namespace: elsewhere } = brokerRef;
  const isBroker =
    kind === 'Broker' && typeof apiVersion === 'string' && apiVersion.startsWith('eventing.knative.dev/');
  const isHere = elsewhere == null || elsewhere === '' || elsewhere === namespace;
  return isBroker && isHere && typeof name === 'string' && name !== '' ? name : undefined;
}

function topicSettingsTogether(spec: Readonly<Record<string, unknown>>): readonly StructuralProblem[] {
  if ((spec['numPartitions'] == null) === (spec['replicationFactor'] == null)) return [];
  const [present, absent] =
    spec['numPartitions'] == null ? ['replicationFactor', 'numPartitions'] : ['numPartitions', 'replicationFactor'];
  return [
    {
      severity: 'error',
      path: ['spec', absent],
      message: `is missing while ${present} is set`,
      expected: 'both, for a topic that is made here, or neither, for one that exists',
    },
  ];
}

function oneBroker(
  spec: Readonly<Record<string, unknown>>,
  namespace: string | undefined,
): readonly StructuralProblem[] {
  const error = (field: string, message: string): readonly StructuralProblem[] => [
    { severity: 'error', path: ['spec', field], message, expected: 'the name of a Broker in the same namespace' },
  ];
  const { broker, brokerRef } = spec;
  if (broker == null && brokerRef == null) return error('broker', 'is missing');
  if (brokerRef == null) return [];
  if (broker != null) return error('brokerRef', 'is a second Broker beside spec.broker');
  return brokerNameOf(spec, namespace) === undefined
    ? error('brokerRef', 'names no Broker (eventing.knative.dev/v1) of the namespace of the Trigger')
    : [];
}

function servedClass(metadata: unknown): readonly StructuralProblem[] {
  if (!isRecord(metadata) || !isRecord(metadata['annotations'])) return [];
  const className = metadata['annotations'][brokerClassAnnotation];
  if (typeof className !== 'string' || brokerClasses.includes(className)) return [];
  return [
    {
      severity: 'warning',
      path: ['metadata', 'annotations', brokerClassAnnotation],
      message: `is "${className}": this Broker is left to whoever serves that class`,
      expected: '"Kafka" to have it served here',
    },
  ];
}
