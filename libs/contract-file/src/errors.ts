/**
 * What this library tells of. The message names the file and the remedy, in one line. `code`:
 *
 * - `CONTRACT_FILE_UNREADABLE`: missing, no file, or not allowed to be read. Logged, not thrown: it is tried again.
 * - `CONTRACT_FILE_TOO_LARGE`: larger than what is read. Logged, not thrown.
 * - `CONTRACT_FILE_INVALID`: its text is no contract. Logged, not thrown: what was served goes on.
 * - `CONTRACT_FILE_CLOSED`: disposed before it happened.
 */
export class ContractFileError extends Error {
  override readonly name = 'ContractFileError';
  readonly code:
    'CONTRACT_FILE_UNREADABLE' | 'CONTRACT_FILE_TOO_LARGE' | 'CONTRACT_FILE_INVALID' | 'CONTRACT_FILE_CLOSED';

  constructor(code: ContractFileError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a `ContractFileError`, of this or of another installed copy of the library. */
export function isContractFileError(error: unknown): error is ContractFileError {
  return error instanceof Error && error.name === 'ContractFileError' && 'code' in error;
}
