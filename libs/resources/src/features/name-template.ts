import type { ObjectMetadata } from '../objects/resource-types.ts';

/** Makes a name from an object's metadata. */
export type NameTemplate = (
  metadata: Pick<ObjectMetadata, 'namespace' | 'name' | 'uid' | 'labels' | 'annotations'>,
) => string;

const action = /\{\{-?\s*(?:\.(Namespace|Name|UID)|index\s+\.(Labels|Annotations)\s+"([^"]*)")\s*-?\}\}/g;

/**
 * Reads a template for names of topics and groups, `knative-broker-{{ .Namespace }}-{{ .Name }}`, in the part of Go's
 * template language that names are made with: `.Namespace`, `.Name`, `.UID`, `index .Labels "x"`, `index .Annotations "x"`
 * (control-plane 18.1). Undefined when the text has any other action in it.
 */
export function parseNameTemplate(text: string): NameTemplate | undefined {
  if (/\{\{|\}\}/.test(text.replace(action, ''))) return undefined;
  return (metadata) =>
    text.replace(action, (_all, field: string | undefined, map: string | undefined, key: string | undefined) => {
      if (map !== undefined) return metadata[map === 'Labels' ? 'labels' : 'annotations'][key ?? ''] ?? '';
      return field === 'Namespace' ? metadata.namespace : field === 'Name' ? metadata.name : metadata.uid;
    });
}
