import { parse } from 'yaml';
import type { DeliverySpec, ObjectReference } from '../objects/resource-types.ts';
import { brokerDefaultsSchema } from '../parsing/resource-schemas.ts';
import { pathText, pruned, structuralProblems } from '../parsing/structural-schema.ts';
import type { Outcome } from '../planning/outcome.ts';
import { failed, succeeded } from '../planning/outcome.ts';

/** What a Broker of one class gets that does not say it itself. */
export interface BrokerClassDefaults extends ObjectReference {
  readonly delivery?: DeliverySpec;
}

/** What Brokers of a cluster, or of one namespace, get. The fields of {@link BrokerClassDefaults} are for the class named here. */
export interface BrokerScopeDefaults extends BrokerClassDefaults {
  readonly brokerClass?: string;
  readonly brokerClasses?: Readonly<Record<string, BrokerClassDefaults>>;
  /** Whether the ConfigMap of a Broker has to be in the namespace of the Broker. */
  readonly disallowDifferentNamespaceConfig?: boolean;
}

/** `config-br-defaults`, as Knative writes it (control-plane 18.3). */
export interface BrokerDefaults {
  readonly clusterDefault?: BrokerScopeDefaults;
  readonly namespaceDefaults?: Readonly<Record<string, BrokerScopeDefaults>>;
}

/** Nothing is defaulted. */
export const noBrokerDefaults: BrokerDefaults = {};

/** More text than any defaults need is not parsed. */
const maxLength = 262_144;

/** Reads the YAML at key `default-br-config` of `config-br-defaults`; what cannot be read is told whole. */
export function parseBrokerDefaults(data: Readonly<Record<string, string>>): Outcome<BrokerDefaults> {
  const text = data['default-br-config'];
  if (text === undefined) return succeeded(noBrokerDefaults);
  if (text.length > maxLength) return failed(`is ${text.length} characters long, at most ${maxLength} are read`);
  let value: unknown;
  try {
    // Aliases are followed no further than a person would write them: a few lines can stand for gigabytes.
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    return failed(`is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
  if (value === null || value === undefined) return succeeded(noBrokerDefaults);
  const wrong = structuralProblems(brokerDefaultsSchema, value).find(({ severity }) => severity === 'error');
  if (wrong !== undefined) return failed(`${pathText(wrong.path)} ${wrong.message}, expected ${wrong.expected}`.trim());
  return succeeded(pruned(brokerDefaultsSchema, value) as BrokerDefaults);
}

/** The class of a Broker of this namespace that names none; undefined when nothing is said. */
export function defaultBrokerClass(defaults: BrokerDefaults, namespace: string): string | undefined {
  return scopesOf(defaults, namespace).find((scope) => nonEmpty(scope.brokerClass))?.brokerClass;
}

/** What a Broker of this namespace and class gets: the first of the namespace's for the class, the cluster's, that says anything. */
export function brokerDefaultsFor(
  defaults: BrokerDefaults,
  namespace: string,
  brokerClass: string,
): BrokerClassDefaults | undefined {
  for (const scope of scopesOf(defaults, namespace)) {
    const ofClass = scope.brokerClasses?.[brokerClass];
    if (ofClass !== undefined) return ofClass;
    const isForIt = !nonEmpty(scope.brokerClass) || scope.brokerClass === brokerClass;
    if (isForIt && (nonEmpty(scope.kind) || nonEmpty(scope.name) || scope.delivery !== undefined)) return scope;
  }
  return undefined;
}

/** Whether Brokers of this namespace may only name ConfigMaps of their own. */
export function forbidsForeignConfig(defaults: BrokerDefaults, namespace: string): boolean {
  return scopesOf(defaults, namespace).some((scope) => scope.disallowDifferentNamespaceConfig === true);
}

function scopesOf({ namespaceDefaults, clusterDefault }: BrokerDefaults, namespace: string): BrokerScopeDefaults[] {
  const own =
    namespaceDefaults !== undefined && Object.hasOwn(namespaceDefaults, namespace)
      ? namespaceDefaults[namespace]
      : undefined;
  return [own, clusterDefault].filter((scope) => scope !== undefined);
}

function nonEmpty(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
