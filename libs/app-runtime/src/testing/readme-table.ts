import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { settingsTable, type SettingsSchema } from '@eventing-kafka/config';

/** Fails, and shows the table there should be, unless a README has the table of these settings, padded or not. */
export async function assertReadmeLists(readme: URL, schema: SettingsSchema): Promise<void> {
  const table = settingsTable(schema);
  assert.ok(unpadded(await readFile(readme, 'utf8')).includes(unpadded(table)), `The README should have:\n${table}`);
}

/** Without the spaces and dashes that formatting adds. */
function unpadded(markdown: string): string {
  return markdown.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}
