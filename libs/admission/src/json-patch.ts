import { isJsonObject, isSame } from './json.ts';

/** One step of a JSON Patch (RFC 6902): a value is added or changed, or has to be there for the patch to be taken at all. */
export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'test';
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly value: unknown;
}

/**
 * The steps from one value to another that has more fields, or other values. Defaulting takes nothing away, so a field or entry that is only
 * in the first is left alone.
 */
export function jsonPatch(before: unknown, after: unknown, path = ''): readonly JsonPatchOperation[] {
  if (isSame(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    return Object.entries(after).flatMap(([name, value]) => {
      const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return Object.hasOwn(before, name) ? jsonPatch(before[name], value, at) : [{ op: 'add', path: at, value }];
    });
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((value, index) => jsonPatch(before[index], value, `${path}/${index}`));
  }
  return [{ op: 'replace', path, value: after }];
}
