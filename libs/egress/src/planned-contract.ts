import type { ContractUpdate, Egress, RefusedPart, Resource } from '@eventing-kafka/contract';
import { planEgress, planResource, type EgressPlan, type PlanResult } from './egress-plan.ts';
import type { ResourceClusters } from './resource-clusters.ts';
import { noTokens, type TokenRules } from './target-tokens.ts';

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
  readonly #clusters: ResourceClusters;
  readonly #tokens: TokenRules;
  readonly #known = new Map<string, KnownResource>();
  /** Which egress has a group, by cluster and group. */
  readonly #groups = new Map<string, string>();
  /** The other way around. */
  readonly #groupOf = new Map<string, string>();
  #trustBundles: readonly string[] = [];

  constructor(clusters: ResourceClusters, tokens: TokenRules = noTokens) {
    this.#clusters = clusters;
    this.#tokens = tokens;
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
      this.#clusters.forget(uid);
    }
    const uids = trustChanged ? [...update.resources.keys()] : update.changedUids;
    const resources = uids.flatMap((uid) => update.resources.get(uid) ?? []);
    const clusters = await this.#clusters.ofAll(resources);
    for (const [index, resource] of resources.entries()) {
      const { uid } = resource;
      const before = this.#known.get(uid);
      const all = new Set(resource.egresses.map((egress) => egress.uid));
      for (const egressUid of before?.all ?? []) if (!all.has(egressUid)) this.#forget(egressUid, gone);
      for (const egressUid of all) {
        touched.add(egressUid);
        gone.delete(egressUid);
      }
      const found = clusters[index];
      if (found?.kind !== 'cluster') {
        if (found !== undefined) refused.push(found.refusal);
        this.#known.set(uid, { resource, accepted: new Map(), all });
        continue;
      }
      const shared = planResource(resource, found.cluster, update.trustBundles, this.#tokens);
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
