import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import { brokerWithDefaults } from './default-broker.ts';
import { withDeliveryNamespaces, withField, withReferenceNamespace } from './filled-in.ts';
import { isJsonObject, isSame, textAt, valueAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { annotationOf, specOf } from './structural-problems.ts';

/** Label of a Trigger by which those of a Broker are found (control-plane 3.3). */
const brokerLabel = 'eventing.knative.dev/broker';
const creatorAnnotation = 'eventing.knative.dev/creator';
const lastModifierAnnotation = 'eventing.knative.dev/lastModifier';

/**
 * What has to be added to an object so that it says what would be assumed of it anyway (control-plane 15.1, 19). Doing it twice, or
 * after Knative Eventing's own webhook did it, changes nothing.
 *
 * @returns a JSON Patch; empty: it is complete
 */
export function defaultObject(request: AdmissionRequest, context: AdmissionContext): readonly JsonPatchOperation[] {
  const { object, subResource, operation } = request;
  const isDefaulted = subResource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  // Of one on its way out only the finalizers matter.
  if (!isDefaulted || !isJsonObject(object) || valueAt(object, 'metadata', 'deletionTimestamp') !== undefined)
    return [];
  const filled = withDefaults(object, request, context);
  // A finalizer or label written by somebody else must not make them the owner of fields in `spec`.
  const keepsSpec = operation === 'UPDATE' && 'spec' in object && isSame(specOf(object), specOf(request.oldObject));
  return jsonPatch(object, keepsSpec ? { ...filled, spec: object['spec'] } : filled);
}

function withDefaults(object: JsonObject, request: AdmissionRequest, context: AdmissionContext): JsonObject {
  switch (request.kind) {
    case 'Broker':
      return brokerWithDefaults(object, request, context);
    case 'Trigger':
      return triggerWithDefaults(object, request.namespace);
    case 'KafkaSink':
      return sinkWithDefaults(object, request);
    case 'EventPolicy':
      return policyWithDefaults(object, request.namespace);
    case 'ConfigMap':
      return object;
  }
}

function triggerWithDefaults(object: JsonObject, namespace: string): JsonObject {
  const broker = textAt(object, 'spec', 'broker') ?? '';
  const subscriber = withReferenceNamespace(valueAt(object, 'spec', 'subscriber'), namespace);
  const delivery = withDeliveryNamespaces(valueAt(object, 'spec', 'delivery'), namespace);
  let result = object;
  if (valueAt(result, 'spec') === undefined) return result;
  if (valueAt(result, 'spec', 'filter') === undefined) result = withField(result, {}, 'spec', 'filter');
  if (broker !== '') result = withField(result, broker, 'metadata', 'labels', brokerLabel);
  if (subscriber !== undefined) result = withField(result, subscriber, 'spec', 'subscriber');
  return delivery === undefined ? result : withField(result, delivery, 'spec', 'delivery');
}

/** Also who made the sink, and who changed its `spec` last. */
function sinkWithDefaults(object: JsonObject, { operation, userName, oldObject }: AdmissionRequest): JsonObject {
  const isChanged = operation === 'CREATE' || !isSame(specOf(object), specOf(oldObject));
  const creator = operation === 'CREATE' ? userName : annotationOf(oldObject, creatorAnnotation);
  const mode = textAt(object, 'spec', 'contentMode') ?? '';
  let result = object;
  if (isJsonObject(specOf(object)) && mode === '') result = withField(result, 'binary', 'spec', 'contentMode');
  if (creator !== undefined) result = withField(result, creator, 'metadata', 'annotations', creatorAnnotation);
  return isChanged ? withField(result, userName, 'metadata', 'annotations', lastModifierAnnotation) : result;
}

function policyWithDefaults(object: JsonObject, namespace: string): JsonObject {
  const from = valueAt(object, 'spec', 'from');
  if (!Array.isArray(from)) return object;
  return withField(
    object,
    from.map((source: unknown) => withReferenceNamespace(source, namespace)),
    'spec',
    'from',
  );
}
