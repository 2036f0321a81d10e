import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chartFolder, chartValues, valuesTable } from './chart-values.ts';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(await readFile(join(chartFolder, 'values.schema.json'), 'utf8')) as Schema;

function resolved(part: Schema): Schema {
  const name = part.$ref?.replace('#/definitions/', '');
  return name === undefined ? part : (schema.definitions?.[name] ?? {});
}

/** Paths that the schema names, down to where `depthOf` says that a value is one whole. */
function schemaPaths(part: Schema, whole: ReadonlySet<string>, path: readonly string[] = []): readonly string[] {
  const { properties } = resolved(part);
  const name = path.join('.');
  if (properties === undefined || whole.has(name)) return [name];
  return Object.entries(properties).flatMap(([key, child]) => schemaPaths(child, whole, [...path, key]));
}

/** Without the spaces and dashes that formatting adds. */
function unpadded(markdown: string): string {
  return markdown.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}

test('the README lists the values as they are', async () => {
  const table = valuesTable(await chartValues());
  const readme = await readFile(join(chartFolder, 'README.md'), 'utf8');
  assert.ok(unpadded(readme).includes(unpadded(table)), `The README should have:\n${table}`);
});

test('the schema names the values that there are, and no others', async () => {
  const paths = (await chartValues()).map(({ path }) => path);
  const ofSchema = schemaPaths(schema, new Set(paths)).filter((path) => path !== 'global');
  assert.deepEqual([...ofSchema].sort(), [...paths].sort());
});

test('the schema lets nothing through that it does not name', () => {
  const objects = [schema, ...Object.values(schema.definitions ?? {}), ...Object.values(schema.properties ?? {})];
  for (const part of objects.filter(({ properties }) => properties !== undefined)) {
    assert.equal(part.additionalProperties, false, JSON.stringify(part).slice(0, 100));
  }
});
