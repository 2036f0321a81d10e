import type { ResourceKey, ResourceStatus } from '@eventing-kafka/resources';

/**
 * Status annotation of a Broker or KafkaSink: the Secrets that were kept from being deleted, or opened to the data plane, for its sake, as
 * `namespace/name`, with spaces between them. A controller that starts later knows from it what has to be let go of (control-plane 26 no. 10).
 */
export const heldSecretsAnnotation = 'kafka.eventing.knative.dev/held.secrets';

/** The Secrets that a status names. */
export function heldSecrets(status: Pick<ResourceStatus, 'annotations'> | undefined): readonly ResourceKey[] {
  return (status?.annotations[heldSecretsAnnotation] ?? '').split(' ').flatMap((text) => {
    const [namespace = '', name = ''] = text.split('/');
    return name === '' ? [] : [{ kind: 'Secret' as const, namespace, name }];
  });
}

/** Annotations of a status that name these Secrets, and no others. */
export function withHeldSecrets(
  annotations: Readonly<Record<string, string>>,
  held: readonly ResourceKey[],
): Readonly<Record<string, string>> {
  const { [heldSecretsAnnotation]: _before, ...rest } = annotations;
  if (held.length === 0) return rest;
  return { ...rest, [heldSecretsAnnotation]: held.map(({ namespace, name }) => `${namespace}/${name}`).join(' ') };
}
