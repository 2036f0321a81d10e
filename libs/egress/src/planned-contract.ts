import type { ContractUpdate, Egress, RefusedPart, Resource } from '@eventing-kafka/contract';
import type { KafkaCluster, KafkaSecurity } from '@eventing-kafka/kafka-client';
import { planEgress, planResource, type EgressPlan, type PlanResult, type ResourcePlan } from './egress-plan.ts';

/** What a planned contract cannot know by itself. */
export interface PlannedContractOptions {
  readonly resolveSecurity: ((resource: Resource) => Promise<KafkaSecurity>) | undefined;
  readonly kafkaProperties: KafkaCluster['properties'] | undefined;
}

/** What an update asks for. */
export interface ContractPlans {
  /** Egresses that are new or different. Those not listed, and not gone, stay as they are. */
  readonly plans: readonly EgressPlan[];
  readonly goneUids: readonly string[];
  readonly refused: readonly RefusedPart[];
  /** Egresses of the resources that were looked at. */
  readonly touchedUids: readonly string[];
}

interface KnownResource {
  readonly resource: Resource;
  /** Those that were accepted; refused ones are looked at again. */
  readonly accepted: ReadonlyMap<string, Egress>;
  readonly all: ReadonlySet<string>;
}

/** The contract as it was last planned: finds out what an update changes, egress by egress. */
export class PlannedContract {
  readonly #options: PlannedContractOptions;
  readonly #known = new Map<string, KnownResource>();
  /** Which egress has a group, by cluster and group. */
  readonly #groups = new Map<string, string>();
  /** The other way around. */
  readonly #groupOf = new Map<string, string>();
  #trustBundles: readonly string[] = [];

  constructor(options: PlannedContractOptions) {
    this.#options = options;
  }

  /** Plans what is different. What cannot be served is refused alone and keeps, if it was served before, the plan it had. */
  async plan(update: ContractUpdate): Promise<ContractPlans> {
    const trustChanged = update.trustBundles !== this.#trustBundles;
    this.#trustBundles = update.trustBundles;
    const plans: EgressPlan[] = [];
    const refused: RefusedPart[] = [];
    const gone = new Set<string>();
    const touched = new Set<string>();
    for (const uid of update.removedUids) {
      for (const egressUid of this.#known.get(uid)?.all ?? []) this.#forget(egressUid, gone);
      this.#known.delete(uid);
    }
    const uids = trustChanged ? update.resources.keys() : update.changedUids;
    for (const uid of uids) {
      const resource = update.resources.get(uid);
      if (resource === undefined) continue;
      const before = this.#known.get(uid);
      const all = new Set(resource.egresses.map((egress) => egress.uid));
      for (const egressUid of before?.all ?? []) if (!all.has(egressUid)) this.#forget(egressUid, gone);
      for (const egressUid of all) {
        touched.add(egressUid);
        gone.delete(egressUid);
      }
      const shared = await this.#share(resource, update.trustBundles);
      if ('reason' in shared) {
        refused.push(shared);
        this.#known.set(uid, { resource, accepted: new Map(), all });
        continue;
      }
      const same = !trustChanged && before !== undefined && sameOwnPart(before.resource, resource);
      const accepted = new Map<string, Egress>();
      for (const egress of resource.egresses) {
        if (same && before.accepted.get(egress.uid) === egress) {
          accepted.set(egress.uid, egress);
          continue;
        }
        const result = this.#alone(planEgress(shared, egress), resource.uid);
        if ('refusal' in result) {
          refused.push(result.refusal);
        } else {
          accepted.set(egress.uid, egress);
          plans.push(result.plan);
        }
      }
      this.#known.set(uid, { resource, accepted, all });
    }
    return { plans, goneUids: [...gone], refused, touchedUids: [...touched] };
  }

  async #share(resource: Resource, trustBundles: readonly string[]): Promise<ResourcePlan | RefusedPart> {
    const properties = this.#options.kafkaProperties;
    const cluster = {
      bootstrapServers: resource.bootstrapServers,
      ...(properties === undefined ? {} : { properties }),
    };
    const { auth } = resource;
    if (auth === undefined || auth.$case === 'absentAuth') return planResource(resource, cluster, trustBundles);
    const refuse = (reason: string, message: string): RefusedPart => ({
      resourceUid: resource.uid,
      egressUid: '',
      reason,
      message,
    });
    if (this.#options.resolveSecurity === undefined) {
      return refuse(
        'CredentialsUnsupported',
        'The resource names a Secret for Kafka, and this data plane cannot read Secrets',
      );
    }
    try {
      const security = await this.#options.resolveSecurity(resource);
      return planResource(resource, { ...cluster, security }, trustBundles);
    } catch (error) {
      return refuse(
        'CredentialsUnavailable',
        `The credentials for Kafka could not be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Refuses a plan whose group another egress has: each would overwrite the offsets of the other. */
  #alone(result: PlanResult, resourceUid: string): PlanResult {
    if ('refusal' in result) return result;
    const { uid, clusterKey, consumerGroup } = result.plan;
    const key = JSON.stringify([clusterKey, consumerGroup]);
    const owner = this.#groups.get(key) ?? uid;
    if (owner !== uid) {
      const message = `Consumer group ${consumerGroup} is that of egress ${owner} already`;
      return { refusal: { resourceUid, egressUid: uid, reason: 'DuplicateConsumerGroup', message } };
    }
    this.#release(uid);
    this.#groups.set(key, uid);
    this.#groupOf.set(uid, key);
    return result;
  }

  #forget(egressUid: string, gone: Set<string>): void {
    gone.add(egressUid);
    this.#release(egressUid);
  }

  #release(egressUid: string): void {
    const key = this.#groupOf.get(egressUid);
    if (key !== undefined) this.#groups.delete(key);
    this.#groupOf.delete(egressUid);
  }
}

/** Whether nothing but egresses differs; what was not changed is the same object in both. */
function sameOwnPart(before: Resource, after: Resource): boolean {
  return (Object.keys(after) as (keyof Resource)[]).every(
    (name) => name === 'egresses' || name === 'ingress' || before[name] === after[name],
  );
}
