import type { ConfigMap } from '../objects/resource-types.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { BrokerDefaults } from './broker-defaults.ts';
import { noBrokerDefaults, parseBrokerDefaults } from './broker-defaults.ts';
import { parseCoreFeatures } from './core-features.ts';
import type { CoreFeatures } from './core-features.ts';
import type { FeatureProblem } from './feature-flags.ts';
import { initialOffsetOf } from './initial-offset.ts';
import { parseKafkaFeatures } from './kafka-features.ts';
import type { KafkaFeatures } from './kafka-features.ts';
import type { NameTemplate } from './name-template.ts';

/** What the operators of a cluster have switched on and set, for all objects (control-plane 18). */
export interface Features extends CoreFeatures, KafkaFeatures {
  readonly brokerDefaults: BrokerDefaults;
  /** Where the group of a new Trigger starts. */
  readonly initialOffset: 'latest' | 'earliest';
  /** What could not be read as written, and what counts in its place. */
  readonly problems: readonly FeatureProblem[];
}

/** What counts where no ConfigMap says otherwise. */
export interface FeatureDefaults {
  /** Where the ConfigMaps are. */
  readonly systemNamespace: string;
  readonly brokerTopicName: NameTemplate;
  readonly triggerGroupName: NameTemplate;
  readonly initialOffset: 'latest' | 'earliest';
}

/** Reads the features through a view, so that whoever asks depends on the ConfigMaps that they are in. */
export type FeatureReader = (view: ResourceView) => Features;

/** The ConfigMaps of the system namespace that hold features. */
export const featureConfigMaps = [
  'config-features',
  'config-kafka-features',
  'config-br-defaults',
  'config-kafka-broker-data-plane',
] as const;

/**
 * Makes a reader of features. It keeps what it read last: thousands of plans ask between two changes of a ConfigMap, and an object of
 * the view is never changed in place.
 */
export function featureReader(defaults: FeatureDefaults): FeatureReader {
  let last: { readonly from: readonly (ConfigMap | undefined)[]; readonly features: Features } | undefined;
  return (view) => {
    const from = featureConfigMaps.map((name) => view.get('ConfigMap', defaults.systemNamespace, name));
    if (last === undefined || from.some((configMap, index) => configMap !== last?.from[index]))
      last = { from, features: parseFeatures(from, defaults) };
    return last.features;
  };
}

function parseFeatures(from: readonly (ConfigMap | undefined)[], defaults: FeatureDefaults): Features {
  const [core, kafka, brokers, dataPlane] = from.map((configMap) => configMap?.data ?? {});
  const coreFeatures = parseCoreFeatures(core ?? {});
  const kafkaFeatures = parseKafkaFeatures(kafka ?? {}, defaults);
  const brokerDefaults = parseBrokerDefaults(brokers ?? {});
  return {
    ...coreFeatures.value,
    ...kafkaFeatures.value,
    brokerDefaults: brokerDefaults.ok ? brokerDefaults.value : noBrokerDefaults,
    initialOffset: initialOffsetOf(dataPlane ?? {}) ?? defaults.initialOffset,
    problems: [
      ...coreFeatures.problems,
      ...kafkaFeatures.problems,
      ...(brokerDefaults.ok
        ? []
        : [{ configMap: 'config-br-defaults', key: 'default-br-config', message: brokerDefaults.error } as const]),
    ],
  };
}
