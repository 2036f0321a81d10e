import { admissionFeatures } from './admission-features.ts';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import { isJsonObject, isSame, valueAt } from './json.ts';
import type { Shape } from './structural-problems.ts';
import { validateBroker } from './validate-broker.ts';
import { validateConfigMap } from './validate-config-map.ts';
import { validateEventPolicy } from './validate-event-policy.ts';
import { validateKafkaSink } from './validate-kafka-sink.ts';
import { statusProblems } from './validate-status.ts';
import { validateTrigger } from './validate-trigger.ts';

const nothing: Shape = { problems: [], warnings: [] };

/**
 * Everything that is wrong with what somebody is about to write (control-plane 15.1, 19; security 4.1). An object is judged when it is
 * made and when what it asks for changes: one that was let in by other rules still gets its labels, finalizers and status. Nobody is
 * kept from deleting.
 */
export function validateObject(request: AdmissionRequest, context: AdmissionContext): Shape {
  const { operation, subResource, object, oldObject } = request;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return nothing;
  if (!isJsonObject(object)) return { problems: [{ message: 'not an object', paths: [] }], warnings: [] };
  if (subResource === 'status') return { problems: statusProblems(request, context), warnings: [] };
  if (subResource !== '' || valueAt(object, 'metadata', 'deletionTimestamp') !== undefined) return nothing;
  if (request.kind === 'ConfigMap') return validateConfigMap(request, context);
  if (operation === 'UPDATE' && isUnchanged(object, oldObject)) return nothing;

  const judging = { context, features: admissionFeatures(context) };
  switch (request.kind) {
    case 'Broker':
      return validateBroker(request, judging);
    case 'Trigger':
      return validateTrigger(request, judging);
    case 'KafkaSink':
      return validateKafkaSink(request);
    case 'EventPolicy':
      return validateEventPolicy(request, judging);
  }
}

/** Annotations ask for something, too: a class, a topic, an order. */
function isUnchanged(object: unknown, oldObject: unknown): boolean {
  return [['spec'], ['metadata', 'annotations']].every((path) =>
    isSame(valueAt(object, ...path), valueAt(oldObject, ...path)),
  );
}
