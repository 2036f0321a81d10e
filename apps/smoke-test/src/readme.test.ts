import { test } from 'node:test';
import { assertReadmeLists } from '@eventing-kafka/app-runtime/testing';
import { smokeTestSettings } from './config.ts';

test('the README lists the settings as they are', async () => {
  await assertReadmeLists(new URL('../README.md', import.meta.url), smokeTestSettings);
});
