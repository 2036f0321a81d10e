import { resourceProblems } from '@eventing-kafka/contract';
import type { ContractState, Egress, Resource } from '@eventing-kafka/contract';
import { keyText } from '@eventing-kafka/resources';
import type { PublishOutcome, ServedKey } from '@eventing-kafka/resources';
import { Claims } from '../kafka/claims.ts';

/** A contract that holds no contradiction, and what is new about its parts. */
export interface AssembledContract {
  readonly state: ContractState;
  /** By key text, of the parts looked at this time. A Trigger whose Broker has no part, and a part that is gone, have none. */
  readonly outcomes: ReadonlyMap<string, PublishOutcome | undefined>;
}

/** A Broker or KafkaSink, with the Triggers that take from it. */
interface Part {
  readonly key: ServedKey;
  /** Without egresses; undefined: only its Triggers are here yet. */
  resource: Resource | undefined;
  readonly egresses: Map<string, { readonly key: ServedKey; readonly egress: Egress }>;
  /** As it is in the contract. */
  whole: Resource | undefined;
}

const published: PublishOutcome = { kind: 'published' };

/**
 * Puts a contract together from parts that are given as they change. A part that would make the contract invalid is left out and says why,
 * so that it holds back no other. What did not change is the same object as the last time, and costs nothing.
 */
export class ContractAssembler {
  readonly #parts = new Map<string, Part>();
  /** Text of the Broker that each Trigger has its egress with. */
  readonly #brokers = new Map<string, string>();
  readonly #claims = new Claims();
  readonly #dirty = new Set<string>();
  /** Of Triggers that were taken out. */
  readonly #gone = new Set<string>();
  /** What is wrong with a part, looked at once. */
  readonly #problems = new WeakMap<Resource | Egress, string>();
  #trustBundles: readonly string[] = [];
  #isNew = true;

  /** Whether {@link assemble} would look at anything. */
  get isDirty(): boolean {
    return this.#isNew || this.#dirty.size > 0 || this.#gone.size > 0;
  }

  /** A Broker's or KafkaSink's part, without egresses; undefined: it has none. */
  setResource(key: ServedKey, resource: Resource | undefined): void {
    const text = keyText(key);
    const part = this.#parts.get(text);
    if (part?.resource === resource) return;
    this.#part(key).resource = resource;
    const path = resource?.ingress?.path ?? '';
    const values = resource === undefined ? [] : [`uid ${resource.uid}`, ...(path === '' ? [] : [`path ${path}`])];
    this.#claim(text, key.kind === 'Broker' ? 0 : 1, values);
    this.#dirty.add(text);
  }

  /** A Trigger's part, which belongs to that of its Broker; undefined: it has none. */
  setEgress(key: ServedKey, egress: { readonly of: ServedKey; readonly egress: Egress } | undefined): void {
    const text = keyText(key);
    const brokerText = egress === undefined ? undefined : keyText(egress.of);
    const before = this.#brokers.get(text);
    const egressesBefore = before === undefined ? undefined : this.#parts.get(before)?.egresses;
    if (before === brokerText && egressesBefore?.get(text)?.egress === egress?.egress) return;
    if (before !== undefined && before !== brokerText) {
      egressesBefore?.delete(text);
      this.#dirty.add(before);
      this.#brokers.delete(text);
      if (brokerText === undefined) this.#gone.add(text);
    }
    this.#claim(text, 0, egress === undefined ? [] : [`egress ${egress.egress.uid}`]);
    if (egress === undefined || brokerText === undefined) return;
    this.#part(egress.of).egresses.set(text, { key, egress: egress.egress });
    this.#brokers.set(text, brokerText);
    this.#gone.delete(text);
    this.#dirty.add(brokerText);
  }

  /** PEM of authorities that every destination is checked against. */
  setTrustBundles(trustBundles: readonly string[]): void {
    if (
      trustBundles.length === this.#trustBundles.length &&
      trustBundles.every((pem, at) => pem === this.#trustBundles[at])
    )
      return;
    this.#trustBundles = trustBundles;
    this.#isNew = true;
  }

  /** The contract of all parts as they are now. */
  assemble(): AssembledContract {
    const outcomes = new Map<string, PublishOutcome | undefined>();
    for (const text of this.#gone) outcomes.set(text, undefined);
    for (const text of this.#dirty) {
      const part = this.#parts.get(text);
      if (part === undefined) continue;
      this.#assemblePart(text, part, outcomes);
      if (part.resource === undefined && part.egresses.size === 0) this.#parts.delete(text);
    }
    this.#gone.clear();
    this.#dirty.clear();
    this.#isNew = false;
    const resources = new Map<string, Resource>();
    for (const { whole } of this.#parts.values()) if (whole !== undefined) resources.set(whole.uid, whole);
    return { state: { resources, trustBundles: [...this.#trustBundles] }, outcomes };
  }

  #assemblePart(text: string, part: Part, outcomes: Map<string, PublishOutcome | undefined>): void {
    const { resource } = part;
    const problem = resource === undefined ? undefined : this.#problem(text, resource);
    outcomes.set(text, resource === undefined ? undefined : (problem ?? published));
    if (resource === undefined || problem !== undefined) {
      part.whole = undefined;
      for (const egressText of part.egresses.keys()) outcomes.set(egressText, undefined);
      return;
    }
    const egresses: Egress[] = [];
    for (const [egressText, { egress }] of part.egresses) {
      const egressProblem = this.#egressProblem(egressText, egress, resource);
      outcomes.set(egressText, egressProblem ?? published);
      if (egressProblem === undefined) egresses.push(egress);
    }
    if (!isWhole(part.whole, resource, egresses)) part.whole = { ...resource, egresses };
  }

  #problem(text: string, resource: Resource): PublishOutcome | undefined {
    const path = resource.ingress?.path ?? '';
    return (
      this.#invalid(resource, resource) ??
      this.#conflict(text, 'uid', resource.uid) ??
      (path === '' ? undefined : this.#conflict(text, 'path', path))
    );
  }

  #egressProblem(text: string, egress: Egress, resource: Resource): PublishOutcome | undefined {
    return this.#invalid(egress, { ...resource, egresses: [egress] }) ?? this.#conflict(text, 'egress', egress.uid);
  }

  #invalid(part: Resource | Egress, asResource: Resource): PublishOutcome | undefined {
    let text = this.#problems.get(part);
    if (text === undefined) {
      text = resourceProblems(asResource)
        .slice(0, 3)
        .map(({ path, message }) => `${path.replace(/^egresses\[0\]\./, '')} ${message}`)
        .join('; ');
      this.#problems.set(part, text);
    }
    return text === '' ? undefined : { kind: 'failed', reason: 'InvalidContract', message: text };
  }

  #conflict(text: string, what: 'uid' | 'path' | 'egress', value: string): PublishOutcome | undefined {
    const owner = this.#claims.ownerOf(`${what} ${value}`);
    if (owner === undefined || owner === text) return undefined;
    const [name, remedy] = what === 'path' ? ['path', 'rename one of the two'] : ['uid', 'remove its metadata.uid'];
    return { kind: 'failed', reason: 'Conflict', message: `the ${name} ${value} is that of ${owner}; ${remedy}` };
  }

  /** Those who win or lose by it are looked at anew. */
  #claim(text: string, rank: number, values: readonly string[]): void {
    for (const other of this.#claims.set(text, rank, values)) this.#dirty.add(this.#brokers.get(other) ?? other);
  }

  #part(key: ServedKey): Part {
    const text = keyText(key);
    const part = this.#parts.get(text) ?? { key, resource: undefined, egresses: new Map(), whole: undefined };
    this.#parts.set(text, part);
    return part;
  }
}

function isWhole(whole: Resource | undefined, resource: Resource, egresses: readonly Egress[]): boolean {
  return (
    whole !== undefined &&
    whole.egresses.length === egresses.length &&
    egresses.every((egress, index) => egress === whole.egresses[index]) &&
    Object.entries(resource).every(([name, value]) => name === 'egresses' || whole[name as keyof Resource] === value)
  );
}
