import { isDeepStrictEqual } from 'node:util';
import type { RefusedPart, Resource } from '@eventing-kafka/contract';
import type { FindRefusedCredentials, KafkaCluster, KafkaSecurity } from '@eventing-kafka/kafka-client';
import { isKafkaSource } from './record-wrapping.ts';

/**
 * Turns the credentials that a resource refers to into what Kafka is told. Rejects when they are missing or make no sense; a `reason` in
 * CamelCase on the error becomes that of the refusal.
 */
export type ResolveSecurity = (auth: NonNullable<Resource['auth']>) => Promise<KafkaSecurity>;

/** What {@link ResourceClusters} works with. */
export interface ResourceClustersOptions {
  readonly resolveSecurity: ResolveSecurity | undefined;
  /** Asks Kafka whether it refuses credentials, for one update. */
  readonly refusedCredentialsFinder: () => FindRefusedCredentials;
  readonly kafkaProperties: KafkaCluster['properties'] | undefined;
}

/** A cluster to read from, or why there is none. */
export type ClusterOrRefusal =
  | { readonly kind: 'cluster'; readonly cluster: KafkaCluster }
  | { readonly kind: 'refused'; readonly refusal: RefusedPart };

/** How many resources are looked at beside each other: each may wait for Kubernetes and for Kafka. */
const atOnce = 32;

/**
 * The Kafka cluster of each resource with its credentials, which are resolved once for what the resource refers to: a reference has the version
 * of its Secret, so it stands for the same content always, and a resource that changes in another way does not depend on Kubernetes being there.
 * Where credentials change, Kafka is asked whether it takes the new ones, so that a mistyped password does not take the place of one that works.
 */
export class ResourceClusters {
  readonly #options: ResourceClustersOptions;
  readonly #known = new Map<string, { readonly auth: Resource['auth']; readonly security: KafkaSecurity }>();

  constructor(options: ResourceClustersOptions) {
    this.#options = options;
  }

  /** Those of all these resources, in their order. */
  async ofAll(resources: readonly Resource[]): Promise<readonly ClusterOrRefusal[]> {
    const findRefused = this.#options.refusedCredentialsFinder();
    const all: ClusterOrRefusal[] = [];
    for (let start = 0; start < resources.length; start += atOnce) {
      const some = resources.slice(start, start + atOnce);
      all.push(...(await Promise.all(some.map((resource) => this.#of(resource, findRefused)))));
    }
    return all;
  }

  /** The resource is gone. */
  forget(resourceUid: string): void {
    this.#known.delete(resourceUid);
  }

  async #of(resource: Resource, findRefused: FindRefusedCredentials): Promise<ClusterOrRefusal> {
    const { resolveSecurity } = this.#options;
    const plain = { bootstrapServers: resource.bootstrapServers, ...this.#propertiesOf(resource) };
    const { auth, uid } = resource;
    if (auth === undefined || auth.$case === 'absentAuth') {
      this.#known.delete(uid);
      return { kind: 'cluster', cluster: plain };
    }
    const known = this.#known.get(uid);
    if (known !== undefined && isDeepStrictEqual(known.auth, auth)) {
      return { kind: 'cluster', cluster: { ...plain, security: known.security } };
    }
    if (resolveSecurity === undefined) {
      const message = 'The resource names a Secret for Kafka, and this data plane cannot read Secrets';
      return refused(uid, 'CredentialsUnsupported', message);
    }
    let security: KafkaSecurity;
    try {
      security = await resolveSecurity(auth);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refused(uid, reasonOf(error), `The credentials for Kafka cannot be used: ${why}`);
    }
    const cluster = { ...plain, security };
    const refusal =
      known === undefined || isDeepStrictEqual(known.security, security)
        ? undefined
        : await findRefused(cluster, resource.topics[0] ?? '');
    if (refusal !== undefined) {
      const message = `Kafka refuses the new credentials, the ones before go on: ${refusal.message}`;
      return refused(uid, 'CredentialsRefused', message);
    }
    this.#known.set(uid, { auth, security });
    return { kind: 'cluster', cluster };
  }

  /** What others write to the topics of a source may be transactions; what they took back is none of its events (dispatcher.md 4). */
  #propertiesOf(resource: Resource): Pick<KafkaCluster, 'properties'> {
    const { kafkaProperties } = this.#options;
    const properties = {
      ...(isKafkaSource(resource) ? { 'isolation.level': 'read_committed' } : {}),
      ...kafkaProperties,
    };
    return Object.keys(properties).length === 0 ? {} : { properties };
  }
}

function refused(resourceUid: string, reason: string, message: string): ClusterOrRefusal {
  return { kind: 'refused', refusal: { resourceUid, egressUid: '', reason, message } };
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string'
    ? error.reason
    : 'CredentialsUnavailable';
}
