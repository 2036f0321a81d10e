import { createHash } from 'node:crypto';
import { keyText, parseResource, pathText } from '@eventing-kafka/resources';
import type { ManifestResource, SourceProblem } from '@eventing-kafka/resources';
import type { FilePosition } from './manifest-document.ts';
import { parseManifestText } from './manifest-document.ts';

/** An object and where it stands. */
export interface PlacedObject {
  readonly object: ManifestResource;
  readonly at: FilePosition;
  /** Equal for equal objects. */
  readonly digest: string;
}

/** What is served of one file. */
export interface FileObjects {
  /** In the order of the file. */
  readonly objects: readonly PlacedObject[];
  readonly problems: readonly SourceProblem[];
}

/** What a file that is not there gives. */
export const noObjects: FileObjects = { objects: [], problems: [] };

/**
 * The objects of a file. Where it is broken, what it gave before stays: as a whole while it is no good YAML, object by
 * object while only some of them are refused.
 */
export function readFileObjects(file: string, text: string, previous: FileObjects): FileObjects {
  const parsed = parseManifestText(text);
  if (!parsed.ok) {
    const goesOn = previous.objects.length > 0;
    return {
      objects: previous.objects,
      problems: parsed.problems.map(({ message, expected, line, column }, index) => ({
        severity: 'error',
        message: `${message}${goesOn && index === 0 ? '; what this file said before goes on' : ''}`,
        expected,
        file,
        line,
        column,
      })),
    };
  }
  const objects: PlacedObject[] = [];
  const problems: SourceProblem[] = [];
  for (const document of parsed.documents) {
    const { resource, key, problems: found } = parseResource(document.value);
    for (const { severity, path, message, expected } of found) {
      problems.push({
        severity,
        message,
        expected,
        ...(key === undefined ? {} : { key }),
        ...(path.length === 0 ? {} : { path: pathText(path) }),
        file,
        ...document.locate(path),
      });
    }
    if (resource !== undefined) {
      objects.push({ object: resource, at: document.locate([]), digest: digestOf(document.value) });
    } else if (key !== undefined) {
      const before = previous.objects.find(
        ({ object }) => keyText({ kind: object.kind, ...object.metadata }) === keyText(key),
      );
      if (before !== undefined) objects.push({ ...before, at: document.locate([]) });
    }
  }
  return { objects, problems };
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
