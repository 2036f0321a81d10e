import type { Manifest } from './render.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** What suites look at of a container. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly limits?: Readonly<Record<string, string>> };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface ProjectedSource {
  readonly serviceAccountToken?: { readonly audience?: string; readonly expirationSeconds: number };
}

/** What suites look at of a Pod. */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly topologySpreadConstraints?: readonly object[];
  readonly containers: readonly [Container];
  readonly volumes?: readonly {
    readonly name: string;
    readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
    readonly projected?: { readonly sources: readonly ProjectedSource[] };
    readonly secret?: { readonly secretName: string; readonly optional: boolean };
  }[];
}

/** A Pod that the chart makes, by itself or by a Deployment. */
export interface Workload {
  readonly name: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: PodSpec;
}

/** The Pods among manifests. */
export function workloadsOf(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.flatMap((manifest): readonly Workload[] => {
    const { kind, metadata } = manifest;
    if (kind === 'Pod') {
      return [{ name: metadata.name, replicas: 1, labels: metadata.labels ?? {}, pod: manifest['spec'] as PodSpec }];
    }
    if (kind !== 'Deployment') return [];
    const { replicas, template } = manifest['spec'] as {
      readonly replicas: number;
      readonly template: {
        readonly metadata: { readonly labels: Readonly<Record<string, string>> };
        readonly spec: PodSpec;
      };
    };
    return [{ name: metadata.name, replicas, labels: template.metadata.labels, pod: template.spec }];
  });
}
