import { resourceProblems } from '@eventing-kafka/contract';
import type { ContractState, Egress, Resource } from '@eventing-kafka/contract';
import { keyText } from '@eventing-kafka/resources';
import type { PublishOutcome, ServedKey } from '@eventing-kafka/resources';

/** A Broker's or KafkaSink's part of the contract. */
export interface ResourcePart {
  readonly key: ServedKey;
  /** Without egresses. */
  readonly resource: Resource;
}

/** A Trigger's part of the contract. */
export interface EgressPart {
  readonly key: ServedKey;
  readonly brokerKey: ServedKey;
  readonly egress: Egress;
}

/** A contract that holds no contradiction, and what was left out to make it so. */
export interface AssembledContract {
  readonly state: ContractState;
  /** By key text, of every part that was given. A Trigger whose Broker has no part is `waiting`: absent. */
  readonly outcomes: ReadonlyMap<string, PublishOutcome>;
}

const published: PublishOutcome = { kind: 'published' };

/**
 * Puts a contract together. A part that would make the contract invalid is left out and says why, so that it holds back no
 * other. Parts that did not change since the last time are the same objects as then.
 */
export class ContractAssembler {
  /** What is wrong with a part, looked at once. */
  readonly #problems = new WeakMap<Resource | Egress, string>();
  #last: ReadonlyMap<string, Resource> = new Map();

  assemble(resources: Iterable<ResourcePart>, egresses: Iterable<EgressPart>): AssembledContract {
    const outcomes = new Map<string, PublishOutcome>();
    const uids = new Map<string, ServedKey>();
    const paths = new Map<string, ServedKey>();
    const accepted = new Map<string, { readonly resource: Resource; readonly egresses: Egress[] }>();

    for (const { key, resource } of brokersFirst(resources)) {
      const text = keyText(key);
      const path = resource.ingress?.path ?? '';
      const problem =
        this.#problemOf(resource, resource) ??
        claim(uids, resource.uid, key, 'uid') ??
        (path === '' ? undefined : claim(paths, path, key, 'path'));
      outcomes.set(text, problem === undefined ? published : { kind: 'failed', ...problem });
      if (problem === undefined) accepted.set(text, { resource, egresses: [] });
    }
    const egressUids = new Map<string, ServedKey>();
    for (const { key, brokerKey, egress } of egresses) {
      const owner = accepted.get(keyText(brokerKey));
      if (owner === undefined) continue;
      const problem =
        this.#problemOf(egress, { ...owner.resource, egresses: [egress] }) ?? claim(egressUids, egress.uid, key, 'uid');
      outcomes.set(keyText(key), problem === undefined ? published : { kind: 'failed', ...problem });
      if (problem === undefined) owner.egresses.push(egress);
    }
    const state = new Map(
      [...accepted.values()].map((part) => [part.resource.uid, this.#whole(part.resource, part.egresses)]),
    );
    this.#last = state;
    return { state: { resources: state, trustBundles: [] }, outcomes };
  }

  #problemOf(part: Resource | Egress, asResource: Resource): { reason: string; message: string } | undefined {
    let text = this.#problems.get(part);
    if (text === undefined) {
      text = resourceProblems(asResource)
        .slice(0, 3)
        .map(({ path, message }) => `${path.replace(/^egresses\[0\]\./, '')} ${message}`)
        .join('; ');
      this.#problems.set(part, text);
    }
    return text === '' ? undefined : { reason: 'InvalidContract', message: text };
  }

  #whole(resource: Resource, egresses: Egress[]): Resource {
    const last = this.#last.get(resource.uid);
    const isSame =
      last !== undefined &&
      last.egresses.length === egresses.length &&
      egresses.every((egress, index) => egress === last.egresses[index]) &&
      Object.entries(resource).every(([name, value]) => name === 'egresses' || last[name as keyof Resource] === value);
    return isSame ? last : { ...resource, egresses };
  }
}

/** A Broker and a KafkaSink of one name want the same path: the Broker has it. Otherwise whoever came first. */
function brokersFirst(parts: Iterable<ResourcePart>): readonly ResourcePart[] {
  const { brokers = [], others = [] } = Object.groupBy(parts, ({ key }) =>
    key.kind === 'Broker' ? 'brokers' : 'others',
  );
  return [...brokers, ...others];
}

function claim(
  claims: Map<string, ServedKey>,
  value: string,
  key: ServedKey,
  what: 'uid' | 'path',
): { reason: string; message: string } | undefined {
  const owner = claims.get(value);
  if (owner === undefined) {
    claims.set(value, key);
    return undefined;
  }
  const remedy = what === 'uid' ? 'remove its metadata.uid' : 'rename one of the two';
  return { reason: 'Conflict', message: `the ${what} ${value} is that of ${keyText(owner)}; ${remedy}` };
}
