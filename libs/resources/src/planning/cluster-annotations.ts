import type { ResourceKey } from '../objects/resource-key.ts';
import { bootstrapServerList } from './topic-plan.ts';
import type { TopicPlan } from './topic-plan.ts';

const serversKey = 'bootstrap.servers';
const secretKey = 'auth.secret.ref.name';
const secretNamespaceKey = 'auth.secret.ref.namespace';

/** A Kafka cluster and the Secret to log in to it with. */
export type ClusterReference = Pick<TopicPlan, 'bootstrapServers' | 'secret'>;

/**
 * A cluster in the words of status annotations, the same for Brokers and Triggers: so that what was made there can be found again when all
 * that named it is gone (control-plane 26 no. 12).
 */
export function clusterAnnotations({ bootstrapServers, secret }: ClusterReference): Readonly<Record<string, string>> {
  return {
    [serversKey]: bootstrapServers,
    ...(secret === undefined ? {} : { [secretKey]: secret.name, [secretNamespaceKey]: secret.namespace }),
  };
}

/** The Secret that status annotations name; `namespace` counts where they do not say in which one it is. */
export function recordedSecret(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
): ResourceKey | undefined {
  const name = annotations[secretKey] ?? '';
  return name === '' ? undefined : { kind: 'Secret', namespace: annotations[secretNamespaceKey] ?? namespace, name };
}

/** The cluster that status annotations name; undefined when they name none. */
export function recordedCluster(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
): ClusterReference | undefined {
  const servers = bootstrapServerList(annotations[serversKey] ?? '');
  if (servers.length === 0) return undefined;
  const secret = recordedSecret(annotations, namespace);
  return { bootstrapServers: servers.join(','), ...(secret === undefined ? {} : { secret }) };
}
