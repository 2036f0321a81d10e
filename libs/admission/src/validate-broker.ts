import {
  brokerClassAnnotation,
  brokerClasses,
  externalTopicAnnotation,
  forbidsForeignConfig,
  topicNameProblem,
} from '@eventing-kafka/resources';
import type { AdmissionRequest } from './admission-request.ts';
import type { FieldProblem } from './field-problem.ts';
import { immutableField, invalidValue, missingField } from './field-problem.ts';
import { isSame, objectAt, textAt, textsAt, valueAt } from './json.ts';
import { annotationOf, annotationPath, shapeOf, specOf, withoutRepetition } from './structural-problems.ts';
import type { Shape } from './structural-problems.ts';
import { deliveryProblems } from './validate-delivery.ts';
import type { Judging } from './validate-destination.ts';

/** What is wrong with a Broker of our classes (control-plane 19, 26 no. 35). Those of other classes are nobody's business here. */
export function validateBroker({ object, oldObject, namespace }: AdmissionRequest, judging: Judging): Shape {
  const brokerClass = annotationOf(object, brokerClassAnnotation);
  const classBefore = annotationOf(oldObject, brokerClassAnnotation);
  const isOurs = [brokerClass, classBefore].some((name) => name !== undefined && brokerClasses.includes(name));
  if (brokerClass === '') return { problems: [missingField(annotationPath(brokerClassAnnotation))], warnings: [] };
  if (!isOurs && brokerClass !== undefined) return { problems: [], warnings: [] };

  const shape = shapeOf('Broker', namespace, {
    spec: specOf(object),
    annotations: valueAt(object, 'metadata', 'annotations'),
  });
  const problems = [
    ...configProblems(object, namespace, brokerClass, judging),
    ...deliveryProblems(valueAt(object, 'spec', 'delivery'), 'spec.delivery', judging),
    ...topicProblems(object, namespace, judging),
    ...(oldObject === undefined ? [] : immutableProblems(object, oldObject)),
  ];
  return { problems: withoutRepetition(problems, shape.problems), warnings: shape.warnings };
}

function configProblems(
  object: unknown,
  brokerNamespace: string,
  brokerClass: string | undefined,
  { features }: Judging,
): readonly FieldProblem[] {
  const config = valueAt(object, 'spec', 'config');
  if (config === undefined) return [];
  const [kind, name, namespace] = ['kind', 'name', 'namespace'].map((field) => textAt(config, field) ?? '');
  const problems: FieldProblem[] = [];
  if (kind?.toLowerCase() !== 'configmap')
    problems.push(invalidValue(kind ?? '', 'spec.config.kind', 'Expected ConfigMap'));
  if (name === '') problems.push(missingField('spec.config.name'));
  if (namespace !== undefined && namespace !== '' && namespace !== brokerNamespace) {
    if (brokerClass === 'KafkaNamespaced') {
      const details = 'Expected ConfigMap in same namespace with broker resource';
      problems.push(invalidValue(namespace, 'spec.config.namespace', details));
    } else if (forbidsForeignConfig(features.brokerDefaults, brokerNamespace)) {
      const details = 'config-br-defaults allows only ConfigMaps of the namespace of the Broker';
      problems.push(invalidValue(namespace, 'spec.config.namespace', details));
    }
  }
  return problems;
}

/** Whether the Broker's topic can be named at all; of an existing Broker, its status tells. */
function topicProblems(object: unknown, namespace: string, { features }: Judging): readonly FieldProblem[] {
  const external = annotationOf(object, externalTopicAnnotation);
  const path = annotationPath(externalTopicAnnotation);
  if (external === '') return [invalidValue(external, path, 'expected the name of a topic, or no such annotation')];
  if (external !== undefined) {
    const wrong = topicNameProblem(external);
    return wrong === undefined ? [] : [invalidValue(external, path, wrong)];
  }
  const name = textAt(object, 'metadata', 'name');
  const kept = textAt(object, 'status', 'annotations', 'default.topic');
  if (!features.brokerTopicName.ok || name === undefined || kept !== undefined) return [];
  const topic = features.brokerTopicName.value({
    namespace,
    name,
    uid: textAt(object, 'metadata', 'uid') ?? 'uid',
    labels: textsAt(object, 'metadata', 'labels'),
    annotations: textsAt(object, 'metadata', 'annotations'),
  });
  const wrong = topicNameProblem(topic);
  return wrong === undefined ? [] : [invalidValue(name, 'metadata.name', `its topic could not be made: ${wrong}`)];
}

/** Class, topic and `spec` but for `delivery` stay as they were. Only what both have said before is compared with what they say now. */
function immutableProblems(object: unknown, oldObject: unknown): readonly FieldProblem[] {
  const fields = new Set([...Object.keys(objectAt(object, 'spec')), ...Object.keys(objectAt(oldObject, 'spec'))]);
  fields.delete('delivery');
  return [
    ...[brokerClassAnnotation, externalTopicAnnotation]
      .filter((name) => annotationOf(object, name) !== annotationOf(oldObject, name))
      .map((name) => immutableField(annotationPath(name))),
    ...[...fields]
      .filter((field) => !isSame(valueAt(object, 'spec', field), valueAt(oldObject, 'spec', field)))
      .map((field) => immutableField(`spec.${field}`)),
  ];
}
