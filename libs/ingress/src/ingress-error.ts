/** What can keep an ingress from starting. */
export type IngressErrorCode = 'INGRESS_PORT_IN_USE' | 'INGRESS_LISTEN_FAILED' | 'INGRESS_INVALID_LIMIT';

/** The one error class of this library; `message` names the thing and the remedy. */
export class IngressError extends Error {
  override readonly name = 'IngressError';
  readonly code: IngressErrorCode;

  constructor(code: IngressErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is an {@link IngressError}, also one of another installed copy of this library. */
export function isIngressError(error: unknown): error is IngressError {
  return (
    error instanceof Error &&
    error.name === 'IngressError' &&
    'code' in error &&
    String(error.code).startsWith('INGRESS_')
  );
}

/** An error of `listen` in our words. */
export function listenError(cause: NodeJS.ErrnoException, host: string, port: number): IngressError {
  const address = `${host}:${port}`;
  if (cause.code === 'EADDRINUSE') {
    const message = `The ingress cannot listen on ${address}: the port is in use. Stop the other process or choose another port.`;
    return new IngressError('INGRESS_PORT_IN_USE', message, { cause });
  }
  const message = `The ingress cannot listen on ${address}: ${cause.code ?? cause.message}. Choose an address and port of this machine that this user may bind.`;
  return new IngressError('INGRESS_LISTEN_FAILED', message, { cause });
}
