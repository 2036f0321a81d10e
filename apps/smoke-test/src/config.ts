import type { SettingsOf } from '@eventing-kafka/config';
import { defineSettings } from '@eventing-kafka/config';

/** What of a smoke test may be set; the table in the README is made from this. */
export const smokeTestSettings = defineSettings(
  {
    brokerUrl: {
      kind: 'text',
      env: 'BROKER_URL',
      flag: 'broker-url',
      pattern: /https?:\/\/[^/]+\/.+/,
      allowed: 'an http or https URL with a path',
      description: 'address of the Broker, as its status says',
    },
    host: {
      kind: 'text',
      env: 'SUBSCRIBER_HOST',
      flag: 'host',
      default: '0.0.0.0',
      description: 'address that the event is waited for on',
    },
    port: {
      kind: 'port',
      env: 'SUBSCRIBER_PORT',
      flag: 'port',
      default: 8080,
      description: 'port that the event is waited for on; the Trigger’s subscriber must lead here',
    },
    timeoutMs: {
      kind: 'durationMs',
      env: 'SMOKE_TEST_TIMEOUT',
      flag: 'timeout',
      default: 60_000,
      min: 100,
      description: 'time until an event has come back; then the test has failed',
    },
    intervalMs: {
      kind: 'durationMs',
      env: 'SMOKE_TEST_INTERVAL',
      flag: 'interval',
      default: 1000,
      min: 10,
      description: 'time between two events, while none has come back',
    },
  },
  [
    ({ timeoutMs, intervalMs }) =>
      intervalMs > timeoutMs
        ? 'SMOKE_TEST_INTERVAL is above SMOKE_TEST_TIMEOUT, so a second event would never be posted; lower it'
        : undefined,
  ],
);

/** The typed settings of a smoke test. */
export type SmokeTestSettings = SettingsOf<typeof smokeTestSettings>;
