/**
 * What this library rejects with. The message names the object and the remedy, in one line. `code`:
 *
 * - `KUBERNETES_CONFIG`: no kubeconfig, or one that cannot be used.
 * - `KUBERNETES_UNREACHABLE`: no connection to the API server, or it broke.
 * - `KUBERNETES_TIMEOUT`: no complete answer in time, here or at the server. A write may have happened.
 * - `KUBERNETES_UNAVAILABLE`: the server cannot serve it now: overloaded, starting, or an admission webhook of it fails.
 * - `KUBERNETES_UNAUTHORIZED`: the credentials are not accepted.
 * - `KUBERNETES_FORBIDDEN`: the account may not do this, or admission refused it.
 * - `KUBERNETES_TERMINATING`: nothing new can be made in a namespace that is being deleted.
 * - `KUBERNETES_NOT_FOUND`: no such object, or no such kind.
 * - `KUBERNETES_EXISTS`: to be created, and there already.
 * - `KUBERNETES_CONFLICT`: somebody else changed it meanwhile, or it is another object's.
 * - `KUBERNETES_GONE`: the version asked for is too old to be served.
 * - `KUBERNETES_INVALID`: the server refuses what was sent, or its answer makes no sense.
 * - `KUBERNETES_CANCELLED`: the caller's signal was aborted, or the client is disposed.
 */
export type KubernetesErrorCode =
  | 'KUBERNETES_CONFIG'
  | 'KUBERNETES_UNREACHABLE'
  | 'KUBERNETES_TIMEOUT'
  | 'KUBERNETES_UNAVAILABLE'
  | 'KUBERNETES_UNAUTHORIZED'
  | 'KUBERNETES_FORBIDDEN'
  | 'KUBERNETES_TERMINATING'
  | 'KUBERNETES_NOT_FOUND'
  | 'KUBERNETES_EXISTS'
  | 'KUBERNETES_CONFLICT'
  | 'KUBERNETES_GONE'
  | 'KUBERNETES_INVALID'
  | 'KUBERNETES_CANCELLED';

/** The same call may succeed later without anybody changing anything about it. */
const retryableCodes: ReadonlySet<KubernetesErrorCode> = new Set([
  'KUBERNETES_UNREACHABLE',
  'KUBERNETES_TIMEOUT',
  'KUBERNETES_UNAVAILABLE',
  'KUBERNETES_CONFLICT',
  'KUBERNETES_GONE',
]);

/** See {@link KubernetesErrorCode}. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  /** Whether the same call may succeed later without anybody changing its input or its rights. */
  readonly retryable: boolean;
  /** How long the server asks to wait before the next attempt, in milliseconds; absent: it said nothing. */
  readonly retryAfterMs?: number;

  constructor(
    code: KubernetesErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = retryableCodes.has(code);
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `error` is a `KubernetesError`, of this or of another installed copy of the library; with `codes`, one of these. */
export function isKubernetesError(error: unknown, ...codes: readonly KubernetesErrorCode[]): error is KubernetesError {
  if (!(error instanceof Error) || error.name !== 'KubernetesError' || !('code' in error)) return false;
  return codes.length === 0 || codes.includes(error.code as KubernetesErrorCode);
}
