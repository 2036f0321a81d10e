import type { ResourceKey } from '../objects/resource-key.ts';

/** A topic that has to be there before anything is served from it. */
export interface TopicPlan {
  /** `host:port`, separated by commas. */
  readonly bootstrapServers: string;
  /** The Secret to log in to Kafka with. */
  readonly secret?: ResourceKey;
  readonly name: string;
  /** Ours to create, or someone else's that must exist. */
  readonly ownership: 'managed' | 'external';
  /** Of a managed topic. */
  readonly partitions: number;
  /** Of a managed topic. */
  readonly replicationFactor: number;
  /** Kafka's topic configuration, of a managed topic. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * What came of making or checking a topic, and of placing on it the groups that read another one so far (`offsets`). `owned`: it is the
 * managed topic of another object.
 */
export type TopicOutcome =
  | {
      readonly kind: 'ready';
      /** What a person should know of it all the same, such as that it has other partitions than asked for. */
      readonly message?: string;
    }
  | {
      readonly kind: 'failed';
      readonly step: 'connect' | 'create' | 'check' | 'secret' | 'offsets' | 'owned';
      readonly message: string;
    };

/** What Kafka's rules for topic names say against one; undefined if nothing. */
export function topicNameProblem(name: string): string | undefined {
  if (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/.test(name)) return undefined;
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return `"${shown}" cannot name a topic: 1 to 249 letters, digits, ".", "_" and "-" are allowed, it has ${name.length}`;
}

/** Bootstrap servers as a list: split at commas, without spaces and empty entries. */
export function bootstrapServerList(text: string): readonly string[] {
  return text
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
}
