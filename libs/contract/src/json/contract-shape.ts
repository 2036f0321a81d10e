import { listOf, message, type JsonFields } from './json-shape.ts';

const empty = message(() => ({}));
const reference = message(() => ({
  uuid: 'text',
  namespace: 'text',
  name: 'text',
  version: 'text',
  kind: 'text',
  group_version: 'text',
}));
const attributes = message(() => ({ attributes: 'map' }));

const dialectedFilter = message((): JsonFields => ({
  exact: attributes,
  prefix: attributes,
  suffix: attributes,
  all: message(() => ({ filters: listOf(dialectedFilter) })),
  any: message(() => ({ filters: listOf(dialectedFilter) })),
  not: message(() => ({ filter: dialectedFilter })),
  cesql: message(() => ({ expression: 'text' })),
}));

const ingress = message(() => ({
  content_mode: 'choice',
  path: 'text',
  host: 'text',
  audience: 'text',
  event_policies: listOf(
    message(() => ({
      token_matchers: listOf(message(() => ({ exact: attributes, prefix: attributes }))),
      filters: listOf(dialectedFilter),
    })),
  ),
}));

const egressConfig = message(() => ({
  dead_letter: 'text',
  dead_letter_ca_certs: 'text',
  dead_letter_audience: 'text',
  retry: 'integer',
  backoff_policy: 'choice',
  backoff_delay: 'integer',
  timeout: 'integer',
  format: 'text',
  retry_after_max: 'integer',
}));

const egress = message(() => ({
  consumer_group: 'text',
  destination: 'text',
  destination_ca_certs: 'text',
  destination_audience: 'text',
  reply_url: 'text',
  reply_url_ca_certs: 'text',
  reply_url_audience: 'text',
  reply_to_original_topic: empty,
  discard_reply: empty,
  filter: attributes,
  dialected_filter: listOf(dialectedFilter),
  uid: 'text',
  egress_config: egressConfig,
  delivery_order: 'choice',
  key_type: 'choice',
  reference,
  v_replicas: 'integer',
  feature_flags: message(() => ({ enable_rate_limiter: 'flag', enable_ordered_executor_metrics: 'flag' })),
  oidc_service_account_name: 'text',
  initial_offset: 'choice',
}));

const multiAuthSecret = message(() => ({
  protocol: 'choice',
  references: listOf(
    message(() => ({
      reference,
      key_field_references: listOf(message(() => ({ secret_key: 'text', field: 'choice' }))),
    })),
  ),
}));

const resource = message(() => ({
  uid: 'text',
  topics: listOf('text'),
  bootstrap_servers: 'text',
  ingress,
  egress_config: egressConfig,
  egresses: listOf(egress),
  absent_auth: empty,
  auth_secret: reference,
  multi_auth_secret: multiAuthSecret,
  cloud_event_overrides: message(() => ({ extensions: 'map' })),
  reference,
  feature_flags: message(() => ({ enable_event_type_autocreate: 'flag' })),
  data_plane_namespace: 'text',
}));

/** The shape of a contract: the `.proto` once more, because the generated code takes values of any kind for any field. */
export const contractShape = message(() => ({
  generation: 'integer',
  resources: listOf(resource),
  trust_bundles: listOf('text'),
}));
