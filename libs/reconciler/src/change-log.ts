import { keyText, problemText } from '@eventing-kafka/resources';
import type { ResourceKey, ResourceSource, SourceProblem } from '@eventing-kafka/resources';
import type { Transition } from './status/transition.ts';

/** Tells watchers what became of the objects and problems of a source, whatever is made of them. */
export class ChangeLog {
  readonly #source: ResourceSource;
  readonly #tell: (transition: Transition) => void;
  readonly #generations = new Map<string, number>();
  #problems: readonly SourceProblem[] = [];

  constructor(source: ResourceSource, tell: (transition: Transition) => void) {
    this.#source = source;
    this.#tell = tell;
  }

  /** Whether the object is another than when this was asked last. */
  isNews(key: ResourceKey): boolean {
    const text = keyText(key);
    const before = this.#generations.get(text);
    const now = this.#source.get(key.kind, key.namespace, key.name)?.metadata.generation;
    if (before === now) return false;
    if (now === undefined) this.#generations.delete(text);
    else this.#generations.set(text, now);
    this.#tell({
      kind: 'changed',
      change: before === undefined ? 'added' : now === undefined ? 'removed' : 'changed',
      key,
    });
    return true;
  }

  /** Problems that came, and problems that went. One that only made room for another error is not solved, and not told of again. */
  readProblems(): void {
    const now = this.#source.problems();
    const before = new Set(this.#problems.map(problemText));
    const after = new Set(now.map(problemText));
    const errors = now.filter(({ severity }) => severity === 'error');
    for (const problem of this.#problems)
      if (!after.has(problemText(problem)) && !errors.some((error) => mayHide(error, problem)))
        this.#tell({ kind: 'problem-solved', problem });
    for (const problem of now) if (!before.has(problemText(problem))) this.#tell({ kind: 'problem', problem });
    this.#problems = now;
  }
}

/** Whether an error keeps what a problem was about from being taken, so that nobody can say that it is right now. */
function mayHide(error: SourceProblem, problem: SourceProblem): boolean {
  // Of which object it is, or that it is no YAML at all: everything in its file is in question.
  if (error.key === undefined || problem.key === undefined) return error.file === problem.file;
  return keyText(error.key) === keyText(problem.key);
}
