import type { ReconcilerOptions } from '@eventing-kafka/reconciler';
import { parseNameTemplate } from '@eventing-kafka/resources';
import type { ControllerSettings } from './config.ts';

/** What of reconciling is the same wherever the objects come from. */
export function reconcilingOptions(settings: ControllerSettings): Pick<
  ReconcilerOptions,
  'defaultBrokerConfig' | 'serviceUrls'
> & {
  readonly planning: NonNullable<ReconcilerOptions['planning']>;
} {
  const { kafka, partitions, replicationFactor, topicTemplate, groupTemplate, initialOffset, serviceUrls } = settings;
  const [brokerTopicName, triggerGroupName] = [topicTemplate, groupTemplate].map(parseNameTemplate);
  return {
    ...(kafka === undefined ? {} : { defaultBrokerConfig: { bootstrapServers: kafka, partitions, replicationFactor } }),
    serviceUrls: Object.fromEntries(serviceUrls.map(splitAtFirstEquals)),
    planning: {
      ...(brokerTopicName === undefined ? {} : { brokerTopicName }),
      ...(triggerGroupName === undefined ? {} : { triggerGroupName }),
      initialOffset,
      systemNamespace: settings.systemNamespace,
    },
  };
}

function splitAtFirstEquals(entry: string): [name: string, url: string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
