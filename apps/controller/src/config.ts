import type { SettingsOf } from '@eventing-kafka/config';
import { combineSettings, defineSettings } from '@eventing-kafka/config';
import { streamServerSettings } from '@eventing-kafka/contract-stream';
import { adminSettings, serviceSettings } from '@eventing-kafka/metrics';
import { parseNameTemplate } from '@eventing-kafka/resources';

/** What of a controller may be set; the table in the README is made from this. */
export const controllerSettings = combineSettings(
  defineSettings(
    {
      manifests: {
        kind: 'text',
        env: 'MANIFESTS',
        flag: 'manifests',
        description: 'folder of YAML manifests; what changes in it is served at once',
      },
      kafka: {
        kind: 'text',
        env: 'KAFKA_BOOTSTRAP_SERVERS',
        flag: 'kafka',
        optional: true,
        description: '`host:port,…` of Brokers without `spec.config`; without it such Brokers are not Ready',
      },
      partitions: {
        kind: 'integer',
        env: 'DEFAULT_PARTITIONS',
        flag: 'partitions',
        default: 10,
        min: 1,
        description: 'partitions of their topics',
      },
      replicationFactor: {
        kind: 'integer',
        env: 'DEFAULT_REPLICATION_FACTOR',
        flag: 'replication-factor',
        default: 1,
        min: 1,
        max: 32_767,
        description: 'replication factor of their topics',
      },
      ingressUrl: {
        kind: 'text',
        env: 'INGRESS_URL',
        flag: 'ingress-url',
        default: 'http://localhost:8080',
        pattern: /^https?:\/\/[^/]+/,
        allowed: 'an http or https URL',
        description: 'where receivers are reached; addresses of Brokers and sinks begin with it',
      },
      clusterDomain: {
        kind: 'text',
        env: 'CLUSTER_DOMAIN',
        flag: 'cluster-domain',
        default: 'cluster.local',
        description: 'domain of Services that destinations name',
      },
      serviceUrls: {
        kind: 'list',
        env: 'SERVICE_URLS',
        flag: 'service-url',
        default: [],
        description: '`namespace/name=URL` of Services that are found elsewhere; `*` for any namespace',
      },
      topicTemplate: {
        kind: 'text',
        env: 'BROKERS_TOPIC_TEMPLATE',
        flag: 'topic-template',
        default: 'knative-broker-{{ .Namespace }}-{{ .Name }}',
        description: 'names of the topics of Brokers',
      },
      groupTemplate: {
        kind: 'text',
        env: 'TRIGGERS_CONSUMERGROUP_TEMPLATE',
        flag: 'group-template',
        default: 'knative-trigger-{{ .Namespace }}-{{ .Name }}',
        description: 'names of the consumer groups of Triggers',
      },
      initialOffset: {
        kind: 'choice',
        env: 'INITIAL_OFFSET',
        flag: 'initial-offset',
        choices: ['latest', 'earliest'],
        default: 'latest',
        description: 'where a new Trigger begins',
      },
      deleteData: {
        kind: 'boolean',
        env: 'DELETE_DATA',
        flag: 'delete-data',
        default: false,
        description: 'delete the topic of a removed Broker or sink, and the group of a removed Trigger',
      },
    },
    [
      ({ topicTemplate, groupTemplate }) => {
        const broken = [topicTemplate, groupTemplate].find((template) => parseNameTemplate(template) === undefined);
        return broken === undefined
          ? undefined
          : `"${broken}" is no template; use .Namespace, .Name, .UID, index .Labels "x" and index .Annotations "x" in {{ }}`;
      },
      ({ serviceUrls }) => {
        const broken = serviceUrls.find((entry) => !/^[^/=]+\/[^/=]+=https?:\/\/./.test(entry));
        return broken === undefined ? undefined : `SERVICE_URLS holds "${broken}"; use namespace/name=http://host:port`;
      },
    ],
  ),
  streamServerSettings,
  adminSettings({ routes: ['/status'] }),
  serviceSettings({ serviceName: 'eventing-kafka-controller' }),
);

/** The typed settings of a controller. */
export type ControllerSettings = SettingsOf<typeof controllerSettings>;
