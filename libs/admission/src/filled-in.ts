import { isJsonObject, objectAt, textAt, valueAt } from './json.ts';
import type { JsonObject } from './json.ts';

/** Delivery settings whose dead letter sink names its namespace. */
export function withDeliveryNamespaces(delivery: unknown, namespace: string): unknown {
  const deadLetterSink = withReferenceNamespace(valueAt(delivery, 'deadLetterSink'), namespace);
  return deadLetterSink === undefined || !isJsonObject(delivery) ? delivery : { ...delivery, deadLetterSink };
}

/** A destination, or a source of a policy, whose reference names its namespace. */
export function withReferenceNamespace(value: unknown, namespace: string): unknown {
  const ref = valueAt(value, 'ref');
  if (!isJsonObject(value) || !isJsonObject(ref) || (textAt(ref, 'namespace') ?? '') !== '') return value;
  return { ...value, ref: { ...ref, namespace } };
}

/** A copy in which the value stands at the path. What is in the way without being an object stays: the API server refuses it. */
export function withField(object: JsonObject, value: unknown, ...[name = '', ...rest]: readonly string[]): JsonObject {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name] ?? {};
  return isJsonObject(inner) ? { ...object, [name]: withField(objectAt(object, name), value, ...rest) } : object;
}
