import { keyText, problemText } from '@eventing-kafka/resources';
import type { ResourceKey, ResourceSource, SourceProblem } from '@eventing-kafka/resources';
import type { Transition } from './transition.ts';

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

  /** Problems that came, and problems that went. */
  readProblems(): void {
    const now = this.#source.problems();
    const [before, after] = [this.#problems, now].map((problems) => new Set(problems.map(problemText)));
    for (const problem of this.#problems)
      if (after?.has(problemText(problem)) !== true) this.#tell({ kind: 'problem-solved', problem });
    for (const problem of now) if (before?.has(problemText(problem)) !== true) this.#tell({ kind: 'problem', problem });
    this.#problems = now;
  }
}
