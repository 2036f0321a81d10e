/** The public names of `@eventing-kafka/kubernetes-source`, listed one by one. */
export { startKubernetesSource } from './start-kubernetes-source.ts';
export type { KubernetesSourceOptions, RunningKubernetesSource } from './start-kubernetes-source.ts';
export { dataPlaneSelector } from './roster.ts';
export type { ExpectedProcess } from './roster.ts';
export { trustBundleLabel } from './informers.ts';
