import { createHash } from 'node:crypto';
import { keyOf, keyText, parseResource, pathText } from '@eventing-kafka/resources';
import type { ManifestResource, SourceProblem, ValuePath } from '@eventing-kafka/resources';
import type { FilePosition } from './manifest-document.ts';
import { parseManifestText } from './manifest-document.ts';

/** An object and where it stands. */
export interface PlacedObject {
  readonly object: ManifestResource;
  readonly at: FilePosition;
  /** Equal for equal objects. */
  readonly digest: string;
  /** It is what the file said before: what it says now cannot be read. */
  readonly isKept?: true;
  /** Where the value at a path of the object stands, in the text that it was read from. */
  locate(path: ValuePath): FilePosition;
}

/** What is served of one file. */
export interface FileObjects {
  /** In the order of the file; at the end what is only kept. */
  readonly objects: readonly PlacedObject[];
  readonly problems: readonly SourceProblem[];
}

/** What a file that is not there gives. */
export const noObjects: FileObjects = { objects: [], problems: [] };

/** The objects of a file that cannot be read at all: those it gave before. */
export function keptObjects(previous: FileObjects, problems: readonly SourceProblem[]): FileObjects {
  return { objects: previous.objects.map((placed) => ({ ...placed, isKept: true })), problems };
}

/** The text of a file; undefined when it is no UTF-8 text, such as UTF-16, an image or an archive. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The objects of a file. Where any of it cannot be read, what it gave before and does not give now stays: nobody can tell whether it
 * was taken out, or is what cannot be read. Only a file without errors takes objects away.
 */
export function readFileObjects(file: string, text: string, previous: FileObjects): FileObjects {
  const parsed = parseManifestText(text);
  if (!parsed.ok) {
    const goesOn = previous.objects.length > 0;
    return keptObjects(
      previous,
      parsed.problems.map(({ message, expected, line, column }, index) => ({
        severity: 'error',
        message: `${message}${goesOn && index === 0 ? '; what this file said before goes on' : ''}`,
        expected,
        file,
        line,
        column,
      })),
    );
  }
  const objects: PlacedObject[] = [];
  const problems: SourceProblem[] = [];
  const refusedAt = new Map<string, FilePosition>();
  for (const [index, document] of parsed.documents.entries()) {
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
      objects.push({
        object: resource,
        at: document.locate([]),
        digest: digestOf(document.value),
        // The text is kept and not what was made of it, which takes many times the room and is seldom asked for.
        locate: (path) => locateIn(text, index, path),
      });
    } else if (key !== undefined) refusedAt.set(keyText(key), document.locate([]));
  }
  const broken = problems.findIndex(({ severity }) => severity === 'error');
  if (broken < 0) return { objects, problems };
  const readable = new Set(objects.map(textOf));
  const kept = previous.objects.filter((placed) => !readable.has(textOf(placed)));
  return {
    objects: objects.concat(
      kept.map((placed) => ({ ...placed, at: refusedAt.get(textOf(placed)) ?? placed.at, isKept: true })),
    ),
    problems: withKept(problems, broken, kept.map(textOf)),
  };
}

function textOf({ object }: PlacedObject): string {
  return keyText(keyOf(object));
}

/** Says with the first error what is served on because of it, where that is not what the error is about anyway. */
function withKept(
  problems: readonly SourceProblem[],
  first: number,
  kept: readonly string[],
): readonly SourceProblem[] {
  const problem = problems[first];
  const own = new Set(problems.flatMap(({ key }) => (key === undefined ? [] : [keyText(key)])));
  const others = kept.filter((text) => !own.has(text));
  if (problem === undefined || others.length === 0) return problems;
  const named = others.length > 3 ? [...others.slice(0, 3), `${others.length - 3} more`] : others;
  const verb = others.length === 1 ? 'goes' : 'go';
  const message = `${problem.message}; ${named.join(', ')}, defined here before, ${verb} on`;
  return problems.with(first, { ...problem, message });
}

function locateIn(text: string, index: number, path: ValuePath): FilePosition {
  const parsed = parseManifestText(text);
  return (parsed.ok ? parsed.documents[index]?.locate(path) : undefined) ?? { line: 1, column: 1 };
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
