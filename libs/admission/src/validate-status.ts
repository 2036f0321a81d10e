import { brokerClassAnnotation, brokerClasses, defaultBrokerClass } from '@eventing-kafka/resources';
import { admissionFeatures } from './admission-features.ts';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import type { FieldProblem } from './field-problem.ts';
import { disallowedField } from './field-problem.ts';
import { isJsonObject, isSame, valueAt } from './json.ts';
import { annotationOf } from './structural-problems.ts';
import { isTriggerOfOthers } from './validate-trigger.ts';

/**
 * What is wrong with a status that somebody writes. The schema of the definition judges its fields, and the controller's is never refused. Others may not
 * touch the annotations of the status: from them the controller has which topic, group, cluster and Secret are an object's own
 * when all that names them is gone, so that whoever could write them could have any other topic deleted, or any password sent to him. Rights on
 * `brokers/*`, as Knative gives them to those who edit in a namespace, are rights on the status too.
 */
export function statusProblems(request: AdmissionRequest, context: AdmissionContext): readonly FieldProblem[] {
  const { object, oldObject, userName } = request;
  const status = valueAt(object, 'status');
  if (status !== undefined && !isJsonObject(status)) return [{ message: 'invalid value', paths: ['status'] }];
  if (context.controllerUser === undefined || userName === context.controllerUser) return [];
  const [before, now] = [oldObject, object].map((each) => valueAt(each, 'status', 'annotations') ?? {});
  if (isSame(before, now) || isOfOthers(request, context)) return [];
  return [disallowedField('status.annotations', `only ${context.controllerUser} writes them`)];
}

/** Whether it is the business of other controllers. */
function isOfOthers({ kind, object, namespace }: AdmissionRequest, context: AdmissionContext): boolean {
  switch (kind) {
    case 'Broker': {
      const { brokerDefaults } = admissionFeatures(context);
      const own = annotationOf(object, brokerClassAnnotation) ?? defaultBrokerClass(brokerDefaults, namespace);
      return own !== undefined && !brokerClasses.includes(own);
    }
    case 'Trigger':
      return isTriggerOfOthers(object, namespace, context);
    case 'KafkaSink':
      return false;
    default:
      return true;
  }
}
