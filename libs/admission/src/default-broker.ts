import { brokerClassAnnotation, brokerClasses, brokerDefaultsFor, defaultBrokerClass } from '@eventing-kafka/resources';
import { admissionFeatures } from './admission-features.ts';
import type { AdmissionContext, AdmissionRequest } from './admission-request.ts';
import { withDeliveryNamespaces, withField } from './filled-in.ts';
import { isJsonObject, textAt, valueAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { annotationOf } from './structural-problems.ts';

const configPath = ['spec', 'config'] as const;
const classPath = ['metadata', 'annotations', brokerClassAnnotation] as const;

/**
 * A Broker that says its class and configuration (control-plane 18.3). They are given when it is made, and never later: as they may not
 * change, a Broker that was made without them could not even be given a finalizer any more.
 */
export function brokerWithDefaults(
  object: JsonObject,
  request: AdmissionRequest,
  context: AdmissionContext,
): JsonObject {
  const { namespace, oldObject, operation } = request;
  const given = operation === 'CREATE' ? newBroker(object, namespace, context) : replacedBroker(object, oldObject);
  const delivery = valueAt(given, 'spec', 'delivery');
  return delivery === undefined
    ? given
    : withField(given, withDeliveryNamespaces(delivery, namespace), 'spec', 'delivery');
}

function newBroker(object: JsonObject, namespace: string, context: AdmissionContext): JsonObject {
  const { brokerDefaults, problems } = admissionFeatures(context);
  // What cannot be read may name another class: better none than the wrong one for good.
  if (problems.some(({ configMap }) => configMap === 'config-br-defaults')) return object;
  // Where nobody names another class, a Broker is ours, as it would be without any.
  const brokerClass =
    annotationOf(object, brokerClassAnnotation) ?? defaultBrokerClass(brokerDefaults, namespace) ?? 'Kafka';
  const { delivery, ...config } = brokerDefaultsFor(brokerDefaults, namespace, brokerClass) ?? {};
  const classed = withAbsent(object, brokerClass, classPath);
  const configured = (config.name ?? '') === '' ? classed : withAbsent(classed, referenceOf(config), configPath);
  const complete = delivery === undefined ? configured : withAbsent(configured, delivery, ['spec', 'delivery']);
  // What the configuration of other classes is, only they know.
  return brokerClasses.includes(brokerClass) ? withConfigNamespace(complete, namespace) : complete;
}

/** One written anew without what it was given at first (`kubectl replace`) keeps it: it could not change anyway. */
function replacedBroker(object: JsonObject, oldObject: unknown): JsonObject {
  const [brokerClass, config] = [annotationOf(oldObject, brokerClassAnnotation), valueAt(oldObject, ...configPath)];
  const namespace = textAt(config, 'namespace');
  const classed = brokerClass === undefined ? object : withAbsent(object, brokerClass, classPath);
  const configured = config === undefined ? classed : withAbsent(classed, config, configPath);
  return namespace === undefined ? configured : withConfigNamespace(configured, namespace);
}

function withAbsent(object: JsonObject, value: unknown, path: readonly string[]): JsonObject {
  return valueAt(object, ...path) === undefined ? withField(object, value, ...path) : object;
}

function withConfigNamespace(object: JsonObject, namespace: string): JsonObject {
  const isMissing = (textAt(object, ...configPath, 'namespace') ?? '') === '';
  return isJsonObject(valueAt(object, ...configPath)) && isMissing
    ? withField(object, namespace, ...configPath, 'namespace')
    : object;
}

/** The fields of a reference and no others: `config-br-defaults` has more beside them. */
function referenceOf(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    ['apiVersion', 'kind', 'name', 'namespace'].flatMap((name) =>
      fields[name] === undefined ? [] : [[name, fields[name]]],
    ),
  );
}
