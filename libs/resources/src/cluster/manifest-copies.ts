import type { ObjectManifest } from '../objects/resource-source.ts';
import { isRecord } from '../parsing/structural-schema.ts';

type Head = Pick<ObjectManifest, 'apiVersion' | 'kind' | 'metadata'>;
type Fields = Readonly<Record<string, unknown>>;

/** Environment variable of a data-plane process: the namespace whose resources it serves. */
const namespaceVariable = 'RESOURCES_NAMESPACE';

/** Fields of an object that say what it is, as opposed to how it fares. */
const copiedFields = [
  'spec',
  'data',
  'binaryData',
  'immutable',
  'automountServiceAccountToken',
  'imagePullSecrets',
] as const;

/** A ConfigMap, ServiceAccount or PodDisruptionBudget. */
export function plainCopy(head: Head, original: ObjectManifest): ObjectManifest {
  return {
    ...head,
    ...Object.fromEntries(
      copiedFields.flatMap((field) => (original[field] === undefined ? [] : [[field, original[field]]])),
    ),
  };
}

/** A Service: ports and selector alone, as addresses belong to the original. */
export function serviceCopy(head: Head, original: ObjectManifest): ObjectManifest {
  const { ports, selector } = fieldsOf(original['spec']);
  const withoutNodePorts = listOf(ports).map((port) => {
    const { nodePort: _nodePort, ...rest } = fieldsOf(port);
    return rest;
  });
  return { ...head, spec: { ports: withoutNodePorts, selector } };
}

/** A Deployment whose containers serve the resources of the namespace, and no other. */
export function deploymentCopy(head: Head, original: ObjectManifest, namespace: string): ObjectManifest {
  const spec = fieldsOf(original['spec']);
  const template = fieldsOf(spec['template']);
  const podSpec = fieldsOf(template['spec']);
  const containers = listOf(podSpec['containers']).map((container) => {
    const fields = fieldsOf(container);
    const others = listOf(fields['env']).filter((variable) => fieldsOf(variable)['name'] !== namespaceVariable);
    return { ...fields, env: [...others, { name: namespaceVariable, value: namespace }] };
  });
  return { ...head, spec: { ...spec, template: { ...template, spec: { ...podSpec, containers } } } };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
