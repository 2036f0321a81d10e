import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { counters, gauges, histograms, type MetricDefinition } from './metric-definitions.ts';
import { nameWithUnit } from './prometheus-exporter.ts';

const readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8');

function rows(kind: string, definitions: Readonly<Record<string, MetricDefinition>>): string[] {
  return Object.entries(definitions).map(([short, { name, unit, description }]) => {
    const shown = nameWithUnit(name, unit).replace(/\./g, '_') + (kind === 'counter' ? '_total' : '');
    return `| \`${short}\` | \`${shown}\` | ${kind} | ${description} |`;
  });
}

test('the README has the table of all metrics', () => {
  const table = [
    '| definition | on /metrics | kind | meaning |',
    '| --- | --- | --- | --- |',
    ...rows('histogram', histograms),
    ...rows('counter', counters),
    ...rows('gauge', gauges),
  ].join('\n');
  // Without the spaces that formatting adds.
  const compact = (text: string): string => text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
  assert.ok(compact(readme).includes(compact(table)), `The README should have:\n${table}`);
});
