/** The API server answered with something else than what was asked for. Test it with {@link isInClusterError}. */
export class InClusterError extends Error {
  override readonly name = 'InClusterError';
  readonly code = 'IN_CLUSTER_REFUSED';
  /** Of HTTP. */
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Whether `error` is an {@link InClusterError}, of whichever installed copy of this library. */
export function isInClusterError(error: unknown): error is InClusterError {
  return error instanceof Error && error.name === 'InClusterError' && 'statusCode' in error;
}

/** A refusal of the API server with what its `Status` object says, which never holds data of what was asked for. */
export function refusalOf(statusCode: number, body: string): InClusterError {
  let said = '';
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === 'string') said = `: ${message.slice(0, 300)}`;
  } catch {
    // A proxy between, for instance; the status says enough.
  }
  return new InClusterError(statusCode, `Kubernetes answered ${statusCode}${said}`);
}
