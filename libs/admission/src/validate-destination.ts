import { planningOptions, resolveDestination } from '@eventing-kafka/resources';
import type { AdmissionContext } from './admission-request.ts';
import type { AdmissionFeatures } from './admission-features.ts';
import type { FieldProblem } from './field-problem.ts';
import { invalidValue, missingField } from './field-problem.ts';
import { isJsonObject, textAt } from './json.ts';

/** What a part of an object is judged with. */
export interface Judging {
  readonly context: AdmissionContext;
  readonly features: AdmissionFeatures;
}

/** What is wrong with a destination: a subscriber or a dead letter sink (control-plane 16.6, 19; security 6.4). */
export function destinationProblems(value: unknown, path: string, judging: Judging): readonly FieldProblem[] {
  if (!isJsonObject(value)) return [missingField(path)];
  const ref = value['ref'] ?? undefined;
  const uri = textAt(value, 'uri') ?? '';
  if (ref === undefined && uri === '')
    return [{ message: 'expected at least one, got none', paths: [`${path}.ref`, `${path}.uri`] }];
  const problems: FieldProblem[] = ref === undefined ? [] : [...referenceProblems(ref, `${path}.ref`)];
  if (uri !== '')
    problems.push(...(ref === undefined ? absoluteProblems : relativeProblems)(uri, path, judging.context));
  const caCerts = textAt(value, 'CACerts') ?? '';
  // Not repeated: who mistakes a key for a certificate should not find it in a log.
  if (caCerts !== '' && !/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(caCerts)) {
    const details = 'CA Certs provided are invalid: expected certificates in PEM';
    problems.push({ message: 'invalid value', paths: [`${path}.CACerts`], details });
  }
  return problems;
}

/** The same look at a URL as in planning, so that what is admitted is not refused a moment later. */
function absoluteProblems(uri: string, path: string, { allowLoopback }: AdmissionContext): readonly FieldProblem[] {
  const options = planningOptions({ ingressBaseUrl: 'http://localhost', allowLoopback });
  const resolved = resolveDestination({ uri }, { namespace: '', view: { get: () => undefined }, options });
  return resolved.ok ? [] : [invalidValue(shown(uri), `${path}.uri`, resolved.error)];
}

/** Resolved against the address of the object, which is not known here: any other will do. */
function relativeProblems(uri: string, path: string): readonly FieldProblem[] {
  if (URL.canParse(uri)) {
    return [
      {
        message: 'Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present',
        paths: [`${path}.ref`, `${path}.uri`],
      },
    ];
  }
  const base = 'http://address.invalid';
  return URL.parse(uri, base)?.origin === base
    ? []
    : [invalidValue(uri, `${path}.uri`, 'leads to another host than the address of the object; expected a path')];
}

/** What is missing of a reference to another object. */
export function referenceProblems(ref: unknown, path: string): readonly FieldProblem[] {
  return ['kind', 'name', 'apiVersion']
    .filter((field) => (textAt(ref, field) ?? '') === '')
    .map((field) => missingField(`${path}.${field}`));
}

/** A URL as it may be repeated: without a password. */
function shown(uri: string): string {
  const url = URL.parse(uri);
  if (url === null || (url.username === '' && url.password === '')) return uri;
  url.username = '***';
  url.password = '';
  return url.href;
}
