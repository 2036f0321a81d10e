import { brokerClassAnnotation, brokerClasses, brokerDefaultsFor, defaultBrokerClass } from '@eventing-kafka/resources';
import { admissionFeatures } from './admission-features.ts';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import { isJsonObject, isSame, objectAt, textAt, valueAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { annotationOf, specOf } from './structural-problems.ts';

/** Label of a Trigger by which those of a Broker are found (control-plane 3.3). */
const brokerLabel = 'eventing.knative.dev/broker';
const group = 'eventing.knative.dev';

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
  return jsonPatch(object, withDefaults(object, request, context));
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

/**
 * Class and configuration are given when the Broker is made, and never later: both are immutable, and a Broker that was made without them
 * could not even be given a finalizer any more.
 */
function brokerWithDefaults(object: JsonObject, request: AdmissionRequest, context: AdmissionContext): JsonObject {
  const delivery = withDeliveryNamespaces(valueAt(object, 'spec', 'delivery'), request.namespace);
  const complete = delivery === undefined ? object : withField(object, delivery, 'spec', 'delivery');
  if (request.operation !== 'CREATE') return complete;
  const { brokerDefaults: defaults, problems } = admissionFeatures(context);
  // What cannot be read may name another class: better none than the wrong one for good.
  if (problems.some(({ configMap }) => configMap === 'config-br-defaults')) return complete;
  const written = annotationOf(object, brokerClassAnnotation);
  // Without defaults the class of a Broker is still ours: nobody else was named, and we serve one without a class.
  const brokerClass = written ?? defaultBrokerClass(defaults, request.namespace) ?? 'Kafka';
  const classed =
    written === undefined
      ? withField(complete, brokerClass, 'metadata', 'annotations', brokerClassAnnotation)
      : complete;
  const given = brokerDefaultsFor(defaults, request.namespace, brokerClass);
  const { delivery: givenDelivery, apiVersion, kind, name, namespace } = given ?? {};
  const config = valueAt(classed, 'spec', 'config');
  const hasGivenConfig = config === undefined && name !== undefined && name !== '';
  let result = hasGivenConfig
    ? withField(classed, defined({ apiVersion, kind, name, namespace }), 'spec', 'config')
    : classed;
  if (valueAt(result, 'spec', 'delivery') === undefined && givenDelivery !== undefined)
    result = withField(result, withDeliveryNamespaces(givenDelivery, request.namespace), 'spec', 'delivery');
  const isOurs = brokerClasses.includes(brokerClass);
  const hasNamespace = (textAt(result, 'spec', 'config', 'namespace') ?? '') !== '';
  return valueAt(result, 'spec', 'config') === undefined || hasNamespace || (!isOurs && !hasGivenConfig)
    ? result
    : withField(result, request.namespace, 'spec', 'config', 'namespace');
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
  const isNew = operation === 'CREATE';
  const isChanged = isNew || !isSame(specOf(object), specOf(oldObject));
  const mode = textAt(object, 'spec', 'contentMode') ?? '';
  let result = object;
  if (isJsonObject(specOf(object)) && mode === '') result = withField(result, 'binary', 'spec', 'contentMode');
  if (isNew) result = withField(result, userName, 'metadata', 'annotations', `${group}/creator`);
  return isChanged ? withField(result, userName, 'metadata', 'annotations', `${group}/lastModifier`) : result;
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

function withDeliveryNamespaces(delivery: unknown, namespace: string): unknown {
  const deadLetterSink = withReferenceNamespace(valueAt(delivery, 'deadLetterSink'), namespace);
  return deadLetterSink === undefined || !isJsonObject(delivery) ? delivery : { ...delivery, deadLetterSink };
}

/** A destination, or a source of a policy, whose reference names its namespace. */
function withReferenceNamespace(value: unknown, namespace: string): unknown {
  const ref = valueAt(value, 'ref');
  if (!isJsonObject(value) || !isJsonObject(ref) || (textAt(ref, 'namespace') ?? '') !== '') return value;
  return { ...value, ref: { ...ref, namespace } };
}

/** A copy in which the value stands at the path. What is in the way without being an object stays: the API server refuses it. */
function withField(object: JsonObject, value: unknown, ...[name = '', ...rest]: readonly string[]): JsonObject {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name] ?? {};
  return isJsonObject(inner) ? { ...object, [name]: withField(objectAt(object, name), value, ...rest) } : object;
}

function defined(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
