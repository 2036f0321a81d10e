import { KubernetesError } from '../errors.ts';
import type { KubernetesErrorCode } from '../errors.ts';

/** What a call was about, for messages. */
export interface CallSubject {
  /** What was to be done, `read`, `apply`. */
  readonly verb: string;
  /** To what, `Broker default/orders`. */
  readonly subject: string;
}

/** Kubernetes' `Status` object, as far as it is read. */
export interface StatusObject {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { readonly reason?: string }[] };
}

const remedies: Partial<Readonly<Record<KubernetesErrorCode, string>>> = {
  KUBERNETES_UNAUTHORIZED: 'check the token or client certificate that is used',
  KUBERNETES_FORBIDDEN: 'grant it with a Role or ClusterRole, or follow what admission says',
  KUBERNETES_CONFLICT: 'read it again and decide anew',
  KUBERNETES_GONE: 'list again',
  KUBERNETES_INVALID: 'correct what was sent',
};

/** The code for an HTTP status and the reason of its `Status` object. */
export function codeOfStatus(httpStatus: number, reason: string): KubernetesErrorCode {
  switch (httpStatus) {
    case 401:
      return 'KUBERNETES_UNAUTHORIZED';
    case 403:
      return 'KUBERNETES_FORBIDDEN';
    case 404:
      return 'KUBERNETES_NOT_FOUND';
    case 409:
      return reason === 'AlreadyExists' ? 'KUBERNETES_EXISTS' : 'KUBERNETES_CONFLICT';
    case 410:
      return 'KUBERNETES_GONE';
    case 408:
    case 504:
      return 'KUBERNETES_TIMEOUT';
    case 429:
      return 'KUBERNETES_UNAVAILABLE';
    default:
      return httpStatus >= 500 ? 'KUBERNETES_UNAVAILABLE' : 'KUBERNETES_INVALID';
  }
}

/** The error for an answer that is none of success. */
export function errorOfStatus(
  call: CallSubject,
  httpStatus: number,
  status: StatusObject,
  retryAfter?: string,
): KubernetesError {
  const isNamespaceEnding = status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
  const code = isNamespaceEnding ? 'KUBERNETES_TERMINATING' : codeOfStatus(httpStatus, status.reason ?? '');
  const seconds = status.details?.retryAfterSeconds ?? Number(retryAfter ?? Number.NaN);
  return new KubernetesError(code, message(call, status.message ?? `HTTP status ${httpStatus}`, remedies[code]), {
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** The error for a connection that could not be made or broke. */
export function errorOfTransport(call: CallSubject, server: string, cause: unknown): KubernetesError {
  const code = causeCode(cause);
  // Several addresses were tried: Node.js reports them together, with an empty message.
  const text = cause instanceof Error && cause.message !== '' ? cause.message : code || String(cause);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return errorOfCancel(call, cause);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new KubernetesError('KUBERNETES_INVALID', message(call, 'the answer is too large', 'ask for less'), {
      cause,
    });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return errorOfTimeout(call, server, cause);
  return new KubernetesError(
    'KUBERNETES_UNREACHABLE',
    message(call, `no connection to ${server}: ${text}`, 'check that it is reachable from here'),
    { cause },
  );
}

/** The error for an answer that did not come in time. */
export function errorOfTimeout(call: CallSubject, server: string, cause?: unknown): KubernetesError {
  return new KubernetesError('KUBERNETES_TIMEOUT', message(call, `${server} did not answer in time`), { cause });
}

/** The error for an answer that is no JSON: of something else than an API server. */
export function errorOfAnswer(call: CallSubject, cause: unknown): KubernetesError {
  const text = message(call, 'the answer is no JSON', 'check that the address is that of an API server');
  return new KubernetesError('KUBERNETES_INVALID', text, { cause });
}

/** The error for a call that was given up. */
export function errorOfCancel(call: CallSubject, cause?: unknown): KubernetesError {
  return new KubernetesError('KUBERNETES_CANCELLED', message(call, 'it was cancelled'), { cause });
}

/** The error code of the operating system or the HTTP client; empty: none. */
export function causeCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

function message({ verb, subject }: CallSubject, what: string, remedy?: string): string {
  return `cannot ${verb} ${subject}: ${what.replace(/\s+/g, ' ').trim()}${remedy === undefined ? '' : ` (${remedy})`}`;
}
