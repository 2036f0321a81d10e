import type { ConfigMap, Container, EnvVar, Pod, Secret } from '../kubernetes-objects.ts';
import { podField, type PodPlace, resourceField } from './pod-fields.ts';
import { expandVariables } from './variable-expansion.ts';

/** What a Pod refers to, as it is now. */
export interface PodWorld {
  readonly place: PodPlace;
  /** CPUs and bytes of memory of the machine, for limits that are not set. */
  readonly machine: Readonly<Record<string, number>>;
  configMap(namespace: string, name: string): ConfigMap | undefined;
  secret(namespace: string, name: string): Secret | undefined;
}

/** A Pod refers to something that is not there; it waits until it is. The message is for `kubectl describe`. */
export class MissingReference extends Error {
  override readonly name = 'MissingReference';
}

/**
 * The variables that a container's own spec asks for, in its order: a later value may refer to an earlier one.
 *
 * @throws MissingReference when a ConfigMap, Secret or key is not there and not optional
 */
export function containerVariables(pod: Pod, container: Container, world: PodWorld): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data = {
      ...(configMapRef && configMapData(pod, configMapRef, world)),
      ...(secretRef && secretData(pod, secretRef, world)),
    };
    for (const [key, value] of Object.entries(data)) variables[prefix + key] = value.toString('utf8');
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(pod, container, variable, variables, world);
    if (value !== undefined) variables[variable.name] = value;
  }
  return variables;
}

/** Content of a ConfigMap by key; empty when it is optional and not there. @throws MissingReference */
export function configMapData(pod: Pod, ref: Reference, world: PodWorld): Record<string, Buffer> {
  const found = present(world.configMap(pod.metadata.namespace, ref.name), 'configmap', ref);
  const text = Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  const binary = Object.entries(found?.binaryData ?? {}).map(([key, value]) => [key, fromBase64(value)] as const);
  return Object.fromEntries([...text, ...binary]);
}

/** Content of a Secret by key; empty when it is optional and not there. @throws MissingReference */
export function secretData(pod: Pod, ref: Reference, world: PodWorld): Record<string, Buffer> {
  const found = present(world.secret(pod.metadata.namespace, ref.name), 'secret', ref);
  return Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, value]) => [key, fromBase64(value)]));
}

interface Reference {
  readonly name: string;
  readonly optional?: boolean;
}

function variableValue(
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVar,
  variables: Readonly<Record<string, string>>,
  world: PodWorld,
): string | undefined {
  if (valueFrom === undefined) return expandVariables(value ?? '', variables);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) return podField(pod, fieldRef.fieldPath, world.place);
  if (resourceFieldRef !== undefined) {
    const { resource, divisor = '', containerName = container.name } = resourceFieldRef;
    const owner = pod.spec.containers.find(({ name }) => name === containerName) ?? container;
    return resourceField(owner, resource, divisor, world.machine);
  }
  const ref = configMapKeyRef ?? secretKeyRef;
  if (ref === undefined) return undefined;
  const data = configMapKeyRef === undefined ? secretData(pod, ref, world) : configMapData(pod, ref, world);
  const found = data[ref.key];
  if (found === undefined && ref.optional !== true) {
    throw new MissingReference(
      `couldn't find key ${ref.key} in ${configMapKeyRef ? 'ConfigMap' : 'Secret'} ${pod.metadata.namespace}/${ref.name}`,
    );
  }
  return found?.toString('utf8');
}

function present<T>(found: T | undefined, kind: string, { name, optional }: Reference): T | undefined {
  if (found === undefined && optional !== true) throw new MissingReference(`${kind} "${name}" not found`);
  return found;
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
