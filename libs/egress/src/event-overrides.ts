import type { Resource } from '@eventing-kafka/contract';

/** Extensions that a resource sets on every event, see `cloud_event_overrides` of the contract. */
export interface EventOverrides {
  /** Name to value; only names that an extension may have. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Names that were left out, because they are no extension names or would replace a context attribute. */
  readonly ignored: readonly string[];
  /** Equal for equal extensions. */
  readonly key: string;
}

const contextAttributes = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'schemaurl',
  'datacontentencoding',
  'data',
]);

/** Whether `name` may be set as an extension: a-z0-9, and no attribute of the specification. */
export function isExtensionName(name: string): boolean {
  return /^[a-z0-9]+$/.test(name) && !contextAttributes.has(name);
}

/** The overrides of a resource (dispatcher specification, clause 2 step 4). */
export function readOverrides(resource: Resource): EventOverrides {
  const entries = Object.entries(resource.cloudEventOverrides?.extensions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const extensions = new Map(entries.filter(([name]) => isExtensionName(name)));
  return {
    extensions,
    ignored: entries.map(([name]) => name).filter((name) => !isExtensionName(name)),
    key: extensions.size === 0 ? '' : JSON.stringify([...extensions]),
  };
}
