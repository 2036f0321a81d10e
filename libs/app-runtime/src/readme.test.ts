import { test } from 'node:test';
import { runtimeSettings } from './runtime-settings.ts';
import { assertReadmeLists } from './testing/index.ts';

test('the README has the table of the settings every app has', async () => {
  await assertReadmeLists(new URL('../README.md', import.meta.url), runtimeSettings());
});
