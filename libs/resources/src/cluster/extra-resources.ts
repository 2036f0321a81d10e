import { parse } from 'yaml';
import type { ObjectManifest } from '../objects/resource-source.ts';
import { isRecord } from '../parsing/structural-schema.ts';
import type { Outcome } from '../planning/outcome.ts';
import { failed, succeeded } from '../planning/outcome.ts';

const key = 'resources';
const maxLength = 262_144;
const maxObjects = 64;

/**
 * The objects that operators add to each namespaced data plane: a YAML list at key `resources`, with `{{ .Namespace }}` for the namespace
 * (control-plane 8.3). None without the ConfigMap. Their namespace is not touched: one without is cluster-scoped.
 */
export function parseExtraResources(
  configMap: ObjectManifest | undefined,
  namespace: string,
): Outcome<readonly ObjectManifest[]> {
  const data = configMap?.['data'];
  const text = isRecord(data) ? data[key] : undefined;
  if (typeof text !== 'string' || text.trim() === '') return succeeded([]);
  const wrong = (what: string): Outcome<never> => failed(`ConfigMap ${configMap?.metadata.name ?? ''}: ${key} ${what}`);
  if (text.length > maxLength) return wrong(`is ${text.length} characters long, at most ${maxLength} are read`);
  const filled = text.replace(/\{\{-?\s*\.Namespace\s*-?\}\}/g, namespace);
  if (/\{\{|\}\}/.test(filled)) return wrong('holds an action other than {{ .Namespace }}');
  let value: unknown;
  try {
    value = parse(filled, { maxAliasCount: 100 });
  } catch (error) {
    return wrong(`is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
  if (value === null || value === undefined) return succeeded([]);
  if (!Array.isArray(value) || !value.every(isManifest))
    return wrong('is no list of objects with apiVersion, kind and metadata.name');
  return value.length > maxObjects
    ? wrong(`lists ${value.length} objects, at most ${maxObjects} are made`)
    : succeeded(value);
}

function isManifest(value: unknown): value is ObjectManifest {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  return [value['apiVersion'], value['kind'], value['metadata']['name']].every(
    (part) => typeof part === 'string' && part !== '',
  );
}
