import { topicNameProblem } from '@eventing-kafka/resources';
import type { AdmissionRequest } from './admission-request.ts';
import type { FieldProblem } from './field-problem.ts';
import { immutableField, invalidValue, missingField } from './field-problem.ts';
import { isSame, listAt, textAt, valueAt } from './json.ts';
import { shapeOf, specOf, withoutRepetition } from './structural-problems.ts';
import type { Shape } from './structural-problems.ts';

/** What is wrong with a KafkaSink (control-plane 15.1, 19, 26 no. 8). */
export function validateKafkaSink({ object, oldObject, namespace }: AdmissionRequest): Shape {
  const spec = specOf(object);
  const shape = shapeOf('KafkaSink', namespace, { spec });
  const problems: FieldProblem[] = [];

  const topic = textAt(spec, 'topic') ?? '';
  const wrong = topic === '' ? 'expected the name of a topic' : topicNameProblem(topic);
  if (wrong !== undefined) problems.push(invalidValue(topic, 'spec.topic', wrong));
  if (listAt(spec, 'bootstrapServers').length === 0)
    problems.push(invalidValue([], 'spec.bootstrapServers', 'expected at least one host:port'));
  const contentMode = valueAt(spec, 'contentMode');
  if (contentMode !== undefined && contentMode !== 'binary' && contentMode !== 'structured')
    problems.push(invalidValue(contentMode, 'spec.contentMode', 'expected binary or structured'));
  for (const field of ['numPartitions', 'replicationFactor']) {
    const value = valueAt(spec, field);
    if (typeof value === 'number' && value <= 0)
      problems.push(invalidValue(value, `spec.${field}`, 'expected more than zero'));
  }
  const secret = valueAt(spec, 'auth', 'secret', 'ref');
  if (secret !== undefined && (textAt(secret, 'name') ?? '') === '')
    problems.push(
      invalidValue('', 'spec.auth.secret.ref.name', 'expected the name of a Secret in the namespace of the sink'),
    );
  if (oldObject !== undefined) {
    for (const field of ['topic', 'numPartitions', 'replicationFactor'])
      if (!isSame(valueAt(spec, field), valueAt(oldObject, 'spec', field)))
        problems.push(immutableField(`spec.${field}`));
  }
  if (spec === undefined) return { problems: [missingField('spec')], warnings: [] };
  return { problems: withoutRepetition(problems, shape.problems), warnings: shape.warnings };
}
