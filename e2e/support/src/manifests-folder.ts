import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of manifests for a controller under test, removed when disposed. */
export interface ManifestsFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes objects into one file, in place of what it held. JSON is YAML. */
  write(file: string, ...objects: readonly object[]): Promise<void>;
  /** Writes text as it is. */
  writeText(file: string, text: string): Promise<void>;
  remove(file: string): Promise<void>;
}

/** Makes an empty folder of manifests. */
export async function manifestsFolder(): Promise<ManifestsFolder> {
  const path = await mkdtemp(join(tmpdir(), 'eventing-kafka-manifests-'));
  const writeText = (file: string, text: string): Promise<void> => writeFile(join(path, file), text);
  return {
    path,
    writeText,
    write: (file, ...objects) =>
      writeText(file, objects.map((object) => JSON.stringify(object, null, 2)).join('\n---\n')),
    remove: (file) => rm(join(path, file)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A Broker of class `Kafka` in namespace `default`. */
export function broker(name: string): object {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: { name, namespace: 'default', annotations: { 'eventing.knative.dev/broker.class': 'Kafka' } },
  };
}

/** A Trigger in namespace `default`; `spec` is merged over broker and subscriber. */
export function trigger(name: string, brokerName: string, subscriberUri: string, spec: object = {}): object {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name, namespace: 'default' },
    spec: { broker: brokerName, subscriber: { uri: subscriberUri }, ...spec },
  };
}
