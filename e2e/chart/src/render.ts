import { parseAllDocuments } from 'yaml';
import type { ApiServer } from '@eventing-kafka/e2e-support';
import { chartFolder } from './chart-values.ts';

/** The release that suites make, and its namespace. */
export const release = 'eventing-kafka';
export const namespace = 'knative-eventing';

/** Settings as of `--set`, with dots in the names. */
export type ChartSettings = Readonly<Record<string, string>>;

export const withKafka: ChartSettings = { 'kafka.bootstrapServers': 'kafka.kafka:9092' };

/** An object as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Settings as arguments of helm. The value of a variable is text, whatever it looks like. */
export function setArguments(settings: ChartSettings): readonly string[] {
  return Object.entries(settings).map(
    ([name, value]) => `--set${name.endsWith('].value') ? '-string' : ''}=${name}=${value}`,
  );
}

/** The chart as helm renders it without looking into a cluster. */
export async function render(server: ApiServer, settings: ChartSettings = withKafka): Promise<readonly Manifest[]> {
  // helm takes its own idea of a version when it does not ask a cluster.
  const text = await server.helm([
    'template',
    release,
    chartFolder,
    `--namespace=${namespace}`,
    '--kube-version=1.35.0',
    ...setArguments(settings),
  ]);
  return manifestsOf(text);
}

/** The objects of a text of YAML documents; empty documents are none. */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      for (const error of document.errors) throw error;
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}
