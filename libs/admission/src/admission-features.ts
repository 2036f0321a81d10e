import { featureReader, planningOptions } from '@eventing-kafka/resources';
import type { ConfigMap, Features, ResourceView } from '@eventing-kafka/resources';
import type { AdmissionContext } from './admission-request.ts';

/** What the operators of a cluster have switched on and set, as far as it says what may be written. */
export interface AdmissionFeatures extends Pick<
  Features,
  'authenticationOidc' | 'brokerTopicName' | 'brokerDefaults' | 'problems'
> {
  /** Whether `delivery.timeout` may be set. */
  readonly deliveryTimeout: boolean;
  /** Whether `delivery.retryAfterMax` may be set. */
  readonly deliveryRetryAfter: boolean;
}

/** The templates that count where none is written. */
const { brokerTopicName, triggerGroupName } = planningOptions({ ingressBaseUrl: 'http://localhost' });

/** Reads the ConfigMaps of features (control-plane 18) as planning does. Flags count whatever their case. */
export function admissionFeatures({
  systemNamespace,
  configMap,
}: Pick<AdmissionContext, 'systemNamespace' | 'configMap'>): AdmissionFeatures {
  const read = featureReader({ systemNamespace, brokerTopicName, triggerGroupName, initialOffset: 'latest' });
  const core = configMap('config-features') ?? {};
  const isEnabled = (flag: string, absent: boolean): boolean =>
    Object.hasOwn(core, flag) ? core[flag]?.trim().toLowerCase() === 'enabled' : absent;
  return {
    ...read(viewOf(configMap)),
    deliveryTimeout: isEnabled('delivery-timeout', true),
    deliveryRetryAfter: isEnabled('delivery-retryafter', false),
  };
}

/** A world that holds ConfigMaps of the system namespace and nothing else. */
function viewOf(configMap: AdmissionContext['configMap']): ResourceView {
  const get = (kind: string, namespace: string, name: string): ConfigMap | undefined => {
    const data = kind === 'ConfigMap' ? configMap(name) : undefined;
    const metadata = { namespace, name, uid: '', generation: 1, resourceVersion: '', labels: {}, annotations: {} };
    return data === undefined ? undefined : { kind: 'ConfigMap', metadata, data };
  };
  return { get: get as ResourceView['get'] };
}
