import type { AdmissionContext, AdmissionRequest, AdmittedKind } from '../src/index.ts';

/** An object of one of our kinds, as far as a test cares. */
export interface TestObject {
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: unknown;
}

/** A context without any ConfigMap but the ones given. */
export function contextWith(
  configMaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  more: Partial<AdmissionContext> = {},
): AdmissionContext {
  return {
    systemNamespace: 'knative-eventing',
    configMap: (name) => configMaps[name],
    allowLoopback: false,
    ...more,
  };
}

/** What the API server would ask about an object of namespace `ns`: one made, or one changed when there is an `old`. */
export function requestFor(
  kind: AdmittedKind,
  object: TestObject,
  { old, ...more }: { readonly old?: TestObject } & Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const namespace = more.namespace ?? 'ns';
  return {
    kind,
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    subResource: '',
    namespace,
    userName: 'jane',
    object: written(kind, namespace, object),
    oldObject: old === undefined ? undefined : written(kind, namespace, old),
    ...more,
  };
}

function written(kind: AdmittedKind, namespace: string, object: TestObject): unknown {
  const { name = 'o', annotations, labels, deletionTimestamp, ...rest } = object;
  const metadata = { name, namespace, annotations, labels, deletionTimestamp };
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify({ apiVersion: versions[kind], kind, metadata, ...rest })) as unknown;
}

const versions: Readonly<Record<AdmittedKind, string>> = {
  Broker: 'eventing.knative.dev/v1',
  Trigger: 'eventing.knative.dev/v1',
  KafkaSink: 'eventing.knative.dev/v1alpha1',
  EventPolicy: 'eventing.knative.dev/v1alpha1',
  ConfigMap: 'v1',
};
