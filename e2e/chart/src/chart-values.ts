import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** The folder of the chart. */
export const chartFolder = resolve(import.meta.dirname, '../../../tools/helm/eventing-kafka');

/** One thing that may be set. */
export interface ChartValue {
  /** As `--set` names it. */
  readonly path: string;
  readonly default: string;
  readonly description: string;
}

/**
 * What may be set of the chart: each key of values.yaml under a comment, which is its description. Below such a key nothing is told apart.
 *
 * @throws Error when a key has neither a comment nor keys below it
 */
export async function chartValues(): Promise<readonly ChartValue[]> {
  const { contents } = parseDocument(await readFile(resolve(chartFolder, 'values.yaml'), 'utf8'));
  if (!isMap(contents)) throw new Error('values.yaml should hold a map');
  // What it begins with is about the whole.
  return valuesOf(contents, [], true);
}

function valuesOf(map: YAMLMap, parents: readonly string[], isRoot = false): readonly ChartValue[] {
  return map.items.flatMap((pair: Pair, index) => {
    if (!isScalar(pair.key)) throw new Error('values.yaml should have plain keys');
    const path = [...parents, String(pair.key.value)];
    // The comment of the first key of a map belongs to the map.
    const comment =
      isRoot && index === 0 ? undefined : (pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined));
    if (comment !== undefined && comment !== null) {
      const value = isScalar(pair.value) || pair.value === null ? pair.value?.value : toJson(pair.value);
      return [
        { path: path.join('.'), default: JSON.stringify(value), description: comment.trim().replace(/\s*\n\s*/g, ' ') },
      ];
    }
    if (!isMap(pair.value)) throw new Error(`${path.join('.')} has no comment`);
    return valuesOf(pair.value, path);
  });
}

function toJson(node: unknown): unknown {
  return (node as { toJSON(): unknown }).toJSON();
}

/** The values as the table of the README. */
export function valuesTable(values: readonly ChartValue[]): string {
  const rows = values.map(({ path, default: byDefault, description }) => [
    `\`${path}\``,
    `\`${byDefault}\``,
    description,
  ]);
  return [['Value', 'Default', 'Meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
