/** What the end-to-end suites share. */
export { AppProcess, type AppName, type AppOptions, startApp } from './app-process.ts';
export { type ApiServer, startApiServer } from './cluster/api-server.ts';
export { type Cluster, type ClusterOptions, startCluster } from './cluster/cluster.ts';
export type { ImageProgram, Images } from './cluster/kubelet/images.ts';
export { forwardToAnnotation } from './cluster/services/service-routes.ts';
export { ClusterError, type ClusterErrorCode, isClusterError } from './cluster/cluster-error.ts';
export type { CommandOptions } from './cluster/command.ts';
export { becomesReady, type DataPlane, type ReportedResource, startDataPlane } from './data-plane.ts';
export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { suiteKafka, type SuiteKafka } from './kafka.ts';
export { broker, manifestsFolder, type ManifestsFolder, trigger } from './manifests-folder.ts';
export { type RecordingSubscriber, startRecordingSubscriber } from './recording-subscriber.ts';
