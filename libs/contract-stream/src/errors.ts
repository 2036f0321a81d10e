/**
 * What this library rejects with. The message names the thing and the remedy, in one line. `code`:
 *
 * - `CONTRACT_STREAM_PORT_IN_USE`, `CONTRACT_STREAM_LISTEN_FAILED`: the server cannot listen at its address.
 * - `CONTRACT_STREAM_INVALID_CONTRACT`: what was to be published cannot be served; nothing was pushed.
 * - `CONTRACT_STREAM_INVALID_TARGET`: no `host:port`.
 * - `CONTRACT_STREAM_INVALID_SECURITY`: certificates or key cannot be read or used, or a token would travel without TLS.
 * - `CONTRACT_STREAM_UNREACHABLE`: no controller answers there. Logged, not thrown: the subscription tries again.
 * - `CONTRACT_STREAM_UNAUTHORIZED`: the controller does not accept who this process is. Logged, not thrown: it tries again.
 * - `CONTRACT_STREAM_REFUSED`: a push as a whole was refused. Logged, not thrown.
 * - `CONTRACT_STREAM_SNAPSHOT_FILE`: the snapshot on disk cannot be read or written. Logged, not thrown.
 * - `CONTRACT_STREAM_CLOSED`: disposed before it happened.
 */
export class ContractStreamError extends Error {
  override readonly name = 'ContractStreamError';
  readonly code:
    | 'CONTRACT_STREAM_PORT_IN_USE'
    | 'CONTRACT_STREAM_LISTEN_FAILED'
    | 'CONTRACT_STREAM_INVALID_CONTRACT'
    | 'CONTRACT_STREAM_INVALID_TARGET'
    | 'CONTRACT_STREAM_INVALID_SECURITY'
    | 'CONTRACT_STREAM_UNREACHABLE'
    | 'CONTRACT_STREAM_UNAUTHORIZED'
    | 'CONTRACT_STREAM_REFUSED'
    | 'CONTRACT_STREAM_SNAPSHOT_FILE'
    | 'CONTRACT_STREAM_CLOSED';

  constructor(code: ContractStreamError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a `ContractStreamError`, of this or of another installed copy of the library. */
export function isContractStreamError(error: unknown): error is ContractStreamError {
  return error instanceof Error && error.name === 'ContractStreamError' && 'code' in error;
}
