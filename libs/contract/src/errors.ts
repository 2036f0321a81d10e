/**
 * What this library rejects with. `code` says which promise was broken:
 *
 * - `CONTRACT_JSON_INVALID`: the text is no JSON, or a value in it does not fit its field.
 * - `CONTRACT_DELTA_MISMATCH`: the delta changes a resource that the state before it does not have.
 */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: 'CONTRACT_JSON_INVALID' | 'CONTRACT_DELTA_MISMATCH';

  constructor(code: ContractError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a `ContractError`, of this or of another installed copy of the library. */
export function isContractError(error: unknown): error is ContractError {
  return error instanceof Error && error.name === 'ContractError' && 'code' in error;
}
