import type { CesqlType, CesqlValue } from './ast.ts';

/** Why an evaluation went wrong; names of the CESQL specification. */
export type CesqlErrorKind =
  'math' | 'cast' | 'missingAttribute' | 'missingFunction' | 'functionEvaluation' | 'generic';

/** Takes note of an error in a function, which then returns the value that the error leaves. */
export type ReportError = (kind: CesqlErrorKind, message: string) => void;

/**
 * A function of the language. Arguments are cast to `parameters`, and those beyond to `rest`, before `evaluate` sees them. Functions
 * are chosen by name and number of arguments.
 */
export interface CesqlFunction {
  /** Upper case letters and `_`. */
  readonly name: string;
  readonly parameters: readonly CesqlType[];
  /** Type of any number of further arguments; absent: none. */
  readonly rest?: CesqlType;
  /** Pure. An error thrown here counts as a `generic` one with the value false. */
  readonly evaluate: (operands: readonly CesqlValue[], report: ReportError) => CesqlValue;
}

/** Functions by name and number of arguments. */
export class FunctionTable {
  readonly #exact = new Map<string, CesqlFunction>();
  readonly #variadic = new Map<string, CesqlFunction>();

  constructor(functions: Iterable<CesqlFunction>) {
    for (const candidate of functions) {
      if (candidate.rest === undefined) this.#exact.set(`${candidate.name}/${candidate.parameters.length}`, candidate);
      else this.#variadic.set(candidate.name, candidate);
    }
  }

  /** The function of that name (in any case) that takes so many arguments. */
  find(name: string, count: number): CesqlFunction | undefined {
    const upper = name.toUpperCase();
    const exact = this.#exact.get(`${upper}/${count}`);
    if (exact !== undefined) return exact;
    const variadic = this.#variadic.get(upper);
    return variadic !== undefined && count >= variadic.parameters.length ? variadic : undefined;
  }
}
