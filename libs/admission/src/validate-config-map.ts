import { admissionFeatures } from './admission-features.ts';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import { invalidValue } from './field-problem.ts';
import type { FieldProblem } from './field-problem.ts';
import { objectAt, textAt, textsAt } from './json.ts';
import type { Shape } from './structural-problems.ts';

/** The ConfigMaps of the system namespace that are looked at when they are written. */
export const validatedConfigMaps: readonly string[] = [
  'config-features',
  'config-kafka-features',
  'config-br-defaults',
];

/**
 * Flags with values that nobody knows, templates that do not parse, defaults that cannot be read (security X10): with a typing error, what
 * somebody meant to switch on would stay off. Keys that are not changed are not judged, so that a ConfigMap can be mended key by key.
 */
export function validateConfigMap(
  { object, oldObject, namespace }: AdmissionRequest,
  context: AdmissionContext,
): Shape {
  const name = textAt(object, 'metadata', 'name') ?? '';
  if (namespace !== context.systemNamespace || !validatedConfigMaps.includes(name))
    return { problems: [], warnings: [] };
  const data = textsAt(object, 'data');
  const before = objectAt(oldObject, 'data');
  return {
    problems: problemsOf(name, data)
      .filter(({ key }) => oldObject === undefined || data[key] !== before[key])
      .map(({ key, message }): FieldProblem => invalidValue(data[key], `data[${key}]`, message)),
    warnings: [],
  };
}

function problemsOf(
  name: string,
  data: Readonly<Record<string, string>>,
): readonly { readonly key: string; readonly message: string }[] {
  const configMap = (wanted: string): typeof data | undefined => (wanted === name ? data : undefined);
  return [
    ...admissionFeatures({ systemNamespace: '', configMap }).problems,
    ...(name === 'config-features' ? deliveryFlagProblems(data) : []),
  ];
}

/** Flags of Knative Eventing that only admission reads. */
function deliveryFlagProblems(
  data: Readonly<Record<string, string>>,
): readonly { readonly key: string; readonly message: string }[] {
  return ['delivery-timeout', 'delivery-retryafter']
    .filter((key) => {
      const text = Object.hasOwn(data, key) ? data[key] : undefined;
      return text !== undefined && !['enabled', 'allowed', 'disabled'].includes(text.trim().toLowerCase());
    })
    .map((key) => ({ key, message: 'expected one of enabled, allowed, disabled' }));
}
