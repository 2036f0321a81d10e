import type { SettingsOf } from '@eventing-kafka/config';
import { combineSettings, defineSettings } from '@eventing-kafka/config';
import { streamServerSettings } from '@eventing-kafka/contract-stream';
import { awsRegionSettings } from '@eventing-kafka/kafka-credentials';
import { adminSettings, serviceSettings } from '@eventing-kafka/metrics';
import { parseNameTemplate } from '@eventing-kafka/resources';

/** What matters on a Kubernetes cluster only. */
const clusterSettings = defineSettings({
  systemNamespace: {
    kind: 'text',
    env: 'SYSTEM_NAMESPACE',
    flag: 'system-namespace',
    default: 'knative-eventing',
    description: 'namespace of the data plane, its ConfigMaps, certificates and the Lease',
  },
  nodeId: {
    kind: 'text',
    env: 'NODE_ID',
    flag: 'node-id',
    optional: true,
    description: 'name of this Pod, unique among controllers; the host name and process id if not set',
  },
  leaseName: {
    kind: 'text',
    env: 'LEASE_NAME',
    flag: 'lease-name',
    default: 'eventing-kafka-controller',
    description: 'Lease that the leading controller holds',
  },
  webhookHost: {
    kind: 'text',
    env: 'WEBHOOK_HOST',
    flag: 'webhook-host',
    default: '0.0.0.0',
    description: 'address that admission webhooks are answered on',
  },
  webhookPort: {
    kind: 'port',
    env: 'WEBHOOK_PORT',
    flag: 'webhook-port',
    default: 8443,
    description: 'port that admission webhooks are answered on',
  },
  controllerAccount: {
    kind: 'text',
    env: 'CONTROLLER_ACCOUNT',
    flag: 'controller-account',
    default: 'kafka-controller',
    description: 'ServiceAccount of controllers',
  },
  receiverAccount: {
    kind: 'text',
    env: 'RECEIVER_ACCOUNT',
    flag: 'receiver-account',
    default: 'kafka-receiver',
    description: 'ServiceAccount of receivers',
  },
  dispatcherAccount: {
    kind: 'text',
    env: 'DISPATCHER_ACCOUNT',
    flag: 'dispatcher-account',
    default: 'kafka-dispatcher',
    description: 'ServiceAccount of dispatchers',
  },
  namespacedBrokers: {
    kind: 'boolean',
    env: 'NAMESPACED_BROKERS',
    flag: 'namespaced-brokers',
    default: false,
    description:
      'give Brokers of class `KafkaNamespaced` a data plane in their namespace; else the shared one serves them',
  },
  reconcileEventPolicies: {
    kind: 'boolean',
    env: 'RECONCILE_EVENT_POLICIES',
    flag: 'reconcile-event-policies',
    default: false,
    description:
      'resolve the senders of EventPolicies and write whether they are Ready; else Knative Eventing does, beside this controller',
  },
  allowLoopback: {
    kind: 'boolean',
    env: 'ALLOW_LOOPBACK_DESTINATIONS',
    flag: 'allow-loopback-destinations',
    default: false,
    description: 'take destinations on `localhost`, which is the dispatcher itself; for tests',
  },
});

/** What of a controller may be set; the table in the README is made from this. */
export const controllerSettings = combineSettings(
  defineSettings(
    {
      manifests: {
        kind: 'text',
        env: 'MANIFESTS',
        flag: 'manifests',
        optional: true,
        description:
          'folder of YAML manifests; what changes in it is served at once. Without it: the objects of a Kubernetes cluster',
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
        description: 'where receivers are reached, with a folder; addresses of Brokers and sinks begin with it',
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
        description:
          'delete the topic of a removed Broker or sink, and the group of a removed Trigger; on a cluster that is always done',
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
  clusterSettings,
  awsRegionSettings,
  streamServerSettings,
  adminSettings({ routes: ['/status'] }),
  serviceSettings({ serviceName: 'eventing-kafka-controller' }),
);

/** The typed settings of a controller. */
export type ControllerSettings = SettingsOf<typeof controllerSettings>;
