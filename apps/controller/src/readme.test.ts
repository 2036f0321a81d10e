import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settingsTable } from '@eventing-kafka/config';
import { controllerSettings } from './config.ts';

test('the README lists the settings as they are', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const words = (text: string): string => text.replace(/[\s-]+/g, ' ');
  assert.ok(words(readme).includes(words(settingsTable(controllerSettings)).trim()));
});
