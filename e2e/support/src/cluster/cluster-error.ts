/** What kept a test cluster, or a command against it, from working. */
export type ClusterErrorCode =
  /** This machine lacks something that no cache can provide: Linux, `setpriv`, `unshare`, a free network. */
  | 'CLUSTER_UNSUPPORTED'
  /** Go is needed once to build Kubernetes' programs and is not there. */
  | 'CLUSTER_GO_MISSING'
  /** Go ran and could not build them. */
  | 'CLUSTER_BUILD_FAILED'
  /** There is no etcd, and none could be installed. */
  | 'CLUSTER_ETCD_MISSING'
  /** A part of the control plane ended, or did not become ready in time. */
  | 'CLUSTER_START_FAILED'
  /** `kubectl` or `helm` ended with a non-zero exit code; the message holds what it wrote. */
  | 'CLUSTER_COMMAND_FAILED'
  /** What was asked for needs a cluster of ours, and this one is the user's. */
  | 'CLUSTER_NOT_OURS'
  /** The API server answered with an error; `status` says which. */
  | 'CLUSTER_API_FAILED';

/** The one error class of the test cluster. Test its `code`, or {@link isClusterError}. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  /** What kind of failure it is. */
  readonly code: ClusterErrorCode;
  /** The HTTP status the API server answered with, for `CLUSTER_API_FAILED`; 0 when there was no answer. */
  readonly status: number;

  constructor(code: ClusterErrorCode, message: string, options: { cause?: unknown; status?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 0;
  }
}

/** Whether `error` is a {@link ClusterError}, of this code when one is named. */
export function isClusterError(error: unknown, code?: ClusterErrorCode): error is ClusterError {
  return error instanceof ClusterError && (code === undefined || error.code === code);
}
