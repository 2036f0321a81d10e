import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '@eventing-kafka/config';
import { runtimeSettings } from './runtime-settings.ts';

test('an app may have other defaults than the shared ones, and a user still overrides them', () => {
  const own = runtimeSettings({ logLevel: 'warn', drainTimeoutMs: 1_900 });
  assert.partialDeepStrictEqual(readSettings(own, { env: {} }), { logLevel: 'warn', drainTimeoutMs: 1_900 });
  assert.equal(readSettings(own, { env: { LOG_LEVEL: 'debug' } }).logLevel, 'debug');
  assert.partialDeepStrictEqual(readSettings(runtimeSettings(), { env: {} }), {
    logLevel: 'info',
    drainTimeoutMs: 25_000,
  });
});
