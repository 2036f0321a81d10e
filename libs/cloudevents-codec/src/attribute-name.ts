const contextAttributes: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'datacontenttype',
  'dataschema',
  'schemaurl',
  'datacontentencoding',
  'subject',
  'time',
]);

/**
 * Whether a name may name an attribute or extension: one or more of `a`–`z` and `0`–`9` (CloudEvents 1.0, "Naming
 * Conventions"). No limit on the length, as the specification only advises 20 characters.
 */
export function isAttributeName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39))) return false;
  }
  return name.length > 0;
}

/**
 * Whether a name is that of a context attribute of either version, which an extension must not take. `data` is not among
 * them: it is no attribute, although a well-behaved extension avoids it.
 */
export function isContextAttribute(name: string): boolean {
  return contextAttributes.has(name);
}
