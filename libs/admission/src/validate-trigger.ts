import { brokerClasses, deliveryOrderAnnotation } from '@eventing-kafka/resources';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import type { FieldProblem } from './field-problem.ts';
import { immutableField, invalidValue, missingField, notExactlyOne } from './field-problem.ts';
import { isJsonObject, isSame, textAt, valueAt } from './json.ts';
import { annotationOf, annotationPath, shapeOf, specOf, withoutRepetition } from './structural-problems.ts';
import type { Shape } from './structural-problems.ts';
import { deliveryProblems } from './validate-delivery.ts';
import { destinationProblems } from './validate-destination.ts';
import type { Judging } from './validate-destination.ts';
import { expressionProblems } from './validate-filters.ts';

const dependencyAnnotation = 'knative.dev/dependency';
const injectionAnnotation = 'eventing.knative.dev/injection';

/** What is wrong with a Trigger (control-plane 19). One of a Broker known to be somebody else's is left to them. */
export function validateTrigger({ object, oldObject, namespace }: AdmissionRequest, judging: Judging): Shape {
  if (isTriggerOfOthers(object, namespace, judging.context)) return { problems: [], warnings: [] };
  const spec = specOf(object);
  const shape = shapeOf('Trigger', namespace, { spec, annotations: valueAt(object, 'metadata', 'annotations') });
  // Filters beyond all measure are told of as a whole; what is in them is not looked at.
  const isTooLarge = shape.problems.some(({ paths }) => paths.includes('spec.filters'));
  const problems = [
    ...brokerProblems(object),
    ...destinationProblems(valueAt(spec, 'subscriber'), 'spec.subscriber', judging),
    ...deliveryProblems(valueAt(spec, 'delivery'), 'spec.delivery', judging),
    ...(isTooLarge ? [] : expressionProblems(valueAt(spec, 'filters'), 'spec.filters')),
    ...annotationProblems(object, namespace),
    ...(oldObject === undefined ? [] : immutableProblems(object, oldObject)),
  ];
  return { problems: withoutRepetition(problems, shape.problems), warnings: shape.warnings };
}

function brokerOf(object: unknown): string {
  return textAt(object, 'spec', 'broker') ?? '';
}

/** Whether the Broker of a Trigger is known to be somebody else's, and the Trigger with it. */
export function isTriggerOfOthers(object: unknown, namespace: string, context: AdmissionContext): boolean {
  const reference = valueAt(object, 'spec', 'brokerRef');
  const name = brokerOf(object) === '' ? textAt(reference, 'name') : brokerOf(object);
  const elsewhere = brokerOf(object) === '' ? textAt(reference, 'namespace') : undefined;
  if (name === undefined) return false;
  const brokerClass = context.brokerClassOf?.(elsewhere ?? namespace, name);
  return brokerClass !== undefined && !brokerClasses.includes(brokerClass);
}

function brokerProblems(object: unknown): readonly FieldProblem[] {
  const hasReference = valueAt(object, 'spec', 'brokerRef') !== undefined;
  if ((brokerOf(object) !== '') !== hasReference) return [];
  return [notExactlyOne(hasReference ? 'both' : 'neither', 'spec.broker', 'spec.brokerRef')];
}

/** A Trigger of another Broker would read another topic from where it stands in the first: it is a new Trigger. */
function immutableProblems(object: unknown, oldObject: unknown): readonly FieldProblem[] {
  return ['broker', 'brokerRef']
    .filter((field) => !isSame(valueAt(object, 'spec', field), valueAt(oldObject, 'spec', field)))
    .map((field) => immutableField(`spec.${field}`));
}

function annotationProblems(object: unknown, namespace: string): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const order = annotationOf(object, deliveryOrderAnnotation);
  if (order !== undefined && !['ordered', 'unordered', 'key'].includes(order.toLowerCase())) {
    const details = 'expected ordered, unordered or key';
    problems.push(invalidValue(order, annotationPath(deliveryOrderAnnotation), details));
  }
  const injection = annotationOf(object, injectionAnnotation);
  if (injection !== undefined && injection !== 'enabled' && injection !== 'disabled') {
    problems.push(invalidValue(injection, annotationPath(injectionAnnotation), 'expected enabled or disabled'));
  } else if (injection !== undefined && brokerOf(object) !== 'default') {
    const details = `it is only used for the Broker "default", and this Trigger names "${brokerOf(object)}"`;
    problems.push(invalidValue(injection, annotationPath(injectionAnnotation), details));
  }
  const dependency = annotationOf(object, dependencyAnnotation);
  if (dependency !== undefined) problems.push(...dependencyProblems(dependency, namespace));
  return problems;
}

function dependencyProblems(text: string, namespace: string): readonly FieldProblem[] {
  const path = annotationPath(dependencyAnnotation);
  const reference = parsedObject(text);
  if (reference === undefined)
    return [invalidValue(text, path, 'expected a reference as JSON: {"kind":"…","name":"…","apiVersion":"…"}')];
  const elsewhere = textAt(reference, 'namespace') ?? '';
  return [
    ...(elsewhere === '' || elsewhere === namespace
      ? []
      : [
          {
            message: `Namespace must be empty or equal to the trigger namespace "${namespace}"`,
            paths: [`${path}.namespace`],
          },
        ]),
    ...['kind', 'name', 'apiVersion']
      .filter((field) => (textAt(reference, field) ?? '') === '')
      .map((field) => missingField(`${path}.${field}`)),
  ];
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
