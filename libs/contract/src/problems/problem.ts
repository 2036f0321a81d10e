/** Something in a contract that cannot be served as it stands. */
export interface ContractProblem {
  /** Where, as in `resources[3].egresses[0].destination`. */
  readonly path: string;
  /** What is wrong and what is expected, for a person. Credentials are never in it. */
  readonly message: string;
}

/** Checks of one message: yields each problem it finds at `path`. */
export type Problems = Generator<ContractProblem, void, undefined>;

/** One problem. */
export function problem(path: string, message: string): ContractProblem {
  return { path, message };
}
