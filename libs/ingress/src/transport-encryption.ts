import type { Logger } from '@eventing-kafka/logging';
import { FollowedFolder } from './followed-folder.ts';
import { readFlag } from './read-flag.ts';

/**
 * Which scheme takes events (security.md 2.1): `disabled` HTTP, `strict` HTTPS, `permissive` both. What comes the other way is
 * answered 404, which senders repeat while a change makes its way.
 */
export type TransportEncryption = 'disabled' | 'permissive' | 'strict';

/** Whether a mode has no ear for a scheme. */
export function isSchemeClosed(mode: TransportEncryption, isSecure: boolean): boolean {
  return mode === 'strict' ? !isSecure : mode === 'disabled' && isSecure;
}

/**
 * The mode that a flag of `config-features` means: `disabled` without one. A word that nobody knows is `strict`: a typing error must
 * not open what somebody meant to close; the control plane reads it alike.
 */
export function parseTransportEncryption(text: string | undefined): {
  readonly mode: TransportEncryption;
  readonly isKnown: boolean;
} {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === '') return { mode: 'disabled', isKnown: true };
  if (word === 'disabled' || word === 'permissive' || word === 'strict') return { mode: word, isKnown: true };
  return { mode: 'strict', isKnown: false };
}

/** Where the flag is found, and who is told of it. */
export interface FollowTransportEncryptionOptions {
  /** Folder with a file `transport-encryption`, such as the mounted ConfigMap `config-features`. Neither need be there. */
  readonly directory: string;
  /** Told of the mode at once, and whenever it changes. */
  readonly apply: (mode: TransportEncryption) => void;
  readonly logger: Logger;
  /** How often the file is read though nothing was heard of a change, in milliseconds. Default 60000. */
  readonly pollMs?: number;
}

/**
 * Follows the flag `transport-encryption` in a folder until it is disposed. A file that cannot be read is logged and changes nothing; before
 * the first that could be, the mode is `strict`.
 */
export async function followTransportEncryption(options: FollowTransportEncryptionOptions): Promise<AsyncDisposable> {
  const { directory, apply, logger } = options;
  let present: TransportEncryption | undefined;
  let said = '';
  const failed = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    if (said !== why) logger.error('flags cannot be read: transport encryption stays as it is', { directory, why });
    said = why;
  };
  const look = async (): Promise<void> => {
    const text = await readFlag(directory, 'transport-encryption');
    const { mode, isKnown } = parseTransportEncryption(text);
    if (!isKnown && said !== text) {
      said = text ?? '';
      logger.warn('transport-encryption has no such value: taken for strict', {
        directory,
        value: text?.trim().slice(0, 40),
        allowed: 'disabled, permissive, strict',
      });
    }
    if (mode === present) return;
    present = mode;
    logger.info('transport encryption', { mode });
    apply(mode);
  };
  const folder = new FollowedFolder({ directory, pollMs: options.pollMs, look: () => look().catch(failed), failed });
  apply('strict');
  await folder.start();
  return folder;
}
