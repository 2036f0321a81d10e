/** What can be wrong with a folder as a whole. */
export type ManifestErrorCode =
  'MANIFEST_FOLDER_MISSING' | 'MANIFEST_FOLDER_NOT_A_FOLDER' | 'MANIFEST_FOLDER_UNREADABLE';

/** The folder of manifests cannot be read at all; the message says what to do. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly code: ManifestErrorCode;

  constructor(code: ManifestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether something is a {@link ManifestError}, also one of another copy of this library. */
export function isManifestError(error: unknown): error is ManifestError {
  return error instanceof Error && error.name === 'ManifestError' && 'code' in error && typeof error.code === 'string';
}
