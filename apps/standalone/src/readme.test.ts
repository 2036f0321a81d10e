import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimeSettings } from '@eventing-kafka/app-runtime';
import { assertReadmeLists } from '@eventing-kafka/app-runtime/testing';
import { combineSettings } from '@eventing-kafka/config';
import { runtimeDefaults, settings } from './config.ts';

test('the README lists the settings as they are', async () => {
  // Where the repository lies differs from machine to machine.
  const manifests = { ...settings.manifests, default: 'apps/standalone/quickstart' };
  assert.ok(settings.manifests.default.endsWith(`/${manifests.default}`));
  const schema = combineSettings({ ...settings, manifests }, runtimeSettings(runtimeDefaults));
  await assertReadmeLists(new URL('../README.md', import.meta.url), schema);
});
