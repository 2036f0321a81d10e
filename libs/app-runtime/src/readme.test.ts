import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { settingsTable } from '@eventing-kafka/config';
import { runtimeSettings } from './runtime-settings.ts';

const readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8');

test('the README has the table of the settings every app has', () => {
  // Without the spaces that formatting adds.
  const compact = (text: string): string => text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
  assert.ok(compact(readme).includes(compact(settingsTable(runtimeSettings()))), settingsTable(runtimeSettings()));
});
