/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Labels that a sample must have; others do not matter. */
export type Labels = Readonly<Record<string, string>>;

/** What a process tells of itself at one moment. */
export class Samples {
  readonly #samples: readonly Sample[];

  /** Reads Prometheus' text format; what is no sample is passed over. */
  constructor(text: string) {
    this.#samples = text.split('\n').flatMap(sampleOf);
  }

  /** Those of a name that have all of the labels. */
  of(name: string, labels: Labels = {}): readonly Sample[] {
    const wanted = Object.entries(labels);
    return this.#samples.filter(
      (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels.get(label) === value),
    );
  }

  /** Their sum; 0 of none. */
  sum(name: string, labels: Labels = {}): number {
    return this.of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }
}

function sampleOf(line: string): readonly Sample[] {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
  if (match === null) return [];
  const [, name = '', labels = '', value = ''] = match;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', text = '']) => [label, text] as const,
  );
  return [{ name, labels: new Map(pairs), value: Number(value) }];
}
