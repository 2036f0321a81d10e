import type { featureConfigMaps } from './features.ts';

/** Something in a ConfigMap of features that cannot be taken as written. */
export interface FeatureProblem {
  readonly configMap: (typeof featureConfigMaps)[number];
  readonly key: string;
  /** What is wrong, and what counts instead. */
  readonly message: string;
}

/** What was read of a ConfigMap, and what was wrong with the rest. */
export interface ReadFeatures<T> {
  readonly value: T;
  readonly problems: readonly FeatureProblem[];
}

/** Reads the flags of one ConfigMap and gathers what is wrong with them. */
export class FlagReader {
  readonly problems: FeatureProblem[] = [];
  readonly #configMap: FeatureProblem['configMap'];
  readonly #data: Readonly<Record<string, string>>;

  constructor(configMap: FeatureProblem['configMap'], data: Readonly<Record<string, string>>) {
    this.#configMap = configMap;
    this.#data = data;
  }

  /** The value of the first of several spellings that is there. */
  text(...spellings: readonly string[]): string | undefined {
    const key = this.#keyOf(spellings);
    return key === undefined ? undefined : this.#data[key];
  }

  /**
   * One of `values`, whatever its case. An unknown one counts as `unknown` and is a problem: where a flag protects something, that is its
   * safe side, as a typing error must not open what somebody meant to close (security X10).
   */
  choice<T extends string>(
    spellings: readonly string[],
    values: readonly T[],
    otherwise: { readonly absent: T; readonly unknown: T },
  ): T {
    const key = this.#keyOf(spellings);
    const text = key === undefined ? undefined : this.#data[key];
    if (key === undefined || text === undefined) return otherwise.absent;
    const found = values.find((value) => value.toLowerCase() === text.trim().toLowerCase());
    if (found !== undefined) return found;
    this.problem(
      key,
      `is ${JSON.stringify(text.slice(0, 80))}, expected one of ${values.join(', ')}; ${otherwise.unknown} counts`,
    );
    return otherwise.unknown;
  }

  /** Whether a flag says exactly `enabled`; unknown values leave it off. */
  isEnabled(...spellings: readonly string[]): boolean {
    return (
      this.choice(spellings, ['enabled', 'allowed', 'disabled'], { absent: 'disabled', unknown: 'disabled' }) ===
      'enabled'
    );
  }

  /** Notes what is wrong with a key. */
  problem(key: string, message: string): void {
    this.problems.push({ configMap: this.#configMap, key, message });
  }

  /** Keys that begin with "_" are examples and never match a spelling. */
  #keyOf(spellings: readonly string[]): string | undefined {
    return spellings.find((spelling) => Object.hasOwn(this.#data, spelling));
  }
}
