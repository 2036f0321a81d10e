import type { ApiServer } from '@eventing-kafka/e2e-support';

/** Kinds that come and go by themselves, whatever is installed. */
const ephemeral =
  /^(events|events\.events\.k8s\.io|endpoints|endpointslices\.discovery\.k8s\.io|componentstatuses|apiservices\.apiregistration\.k8s\.io)$/;

/** Every object there is, as `kind namespace/name`. */
export async function allObjects(server: ApiServer): Promise<ReadonlySet<string>> {
  const kinds = (await server.kubectl(['api-resources', '--verbs=list', '--output=name'])).trim().split('\n');
  const columns = '--output=custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name';
  const text = await server.kubectl([
    'get',
    kinds.filter((kind) => !ephemeral.test(kind)).join(','),
    '--all-namespaces',
    '--no-headers',
    '--ignore-not-found',
    columns,
  ]);
  const lines = text.split('\n').filter((line) => line !== '');
  return new Set(
    lines.map((line) => {
      const [kind, where, name] = line.trim().split(/\s+/);
      return `${kind} ${where}/${name}`;
    }),
  );
}
