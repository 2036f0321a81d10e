import type { Logger } from '@eventing-kafka/logging';
import { FollowedFolder } from './followed-folder.ts';
import { readFlag } from './read-flag.ts';

/** Where the flag is found, and who is told of it. */
export interface FollowDiscoveryBaseUrlOptions {
  /** Folder with a file `oidc-discovery-base-url`, such as the mounted ConfigMap `config-features`. Neither need be there. */
  readonly directory: string;
  /** The issuer where the flag names none. */
  readonly usual: string;
  /** Told whenever another issuer is meant than before; at first it is `usual`. */
  readonly apply: (baseUrl: string) => void;
  readonly logger: Logger;
  /** How often the file is read though nothing was heard of a change, in milliseconds. Default 60000. */
  readonly pollMs?: number;
}

/**
 * Follows the flag `oidc-discovery-base-url` in a folder until it is disposed (security.md 3.5). What cannot be read, or is no http or https
 * URL, is logged and changes nothing: a typing error must not make another issuer one to be believed.
 */
export async function followDiscoveryBaseUrl(options: FollowDiscoveryBaseUrlOptions): Promise<AsyncDisposable> {
  const { directory, usual, apply, logger } = options;
  let present = usual;
  let said = '';
  const failed = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    if (said !== why)
      logger.error('oidc-discovery-base-url cannot be used: the issuer stays as it is', { directory, why });
    said = why;
  };
  const look = async (): Promise<void> => {
    const wanted = issuerOf(await readFlag(directory, 'oidc-discovery-base-url')) ?? usual;
    said = '';
    if (wanted === present) return;
    present = wanted;
    logger.info('issuer of tokens', { baseUrl: wanted });
    apply(wanted);
  };
  const folder = new FollowedFolder({ directory, pollMs: options.pollMs, look: () => look().catch(failed), failed });
  await folder.start();
  return folder;
}

/** The URL of a flag; undefined: it names none. */
function issuerOf(text: string | undefined): string | undefined {
  const value = text?.trim() ?? '';
  if (value === '') return undefined;
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('its value is not an http or https URL');
  return value;
}
