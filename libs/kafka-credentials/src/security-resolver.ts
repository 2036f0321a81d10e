import type { Reference, Resource } from '@eventing-kafka/contract';
import type { KafkaSecurity, OAuthTokenProvider } from '@eventing-kafka/kafka-client';
import type { SecretData } from './credential-fields.ts';
import { CredentialsError, isCredentialsError } from './credentials-error.ts';
import { gatherFields } from './gather-fields.ts';
import { mskTokenProvider, type MskTokenSource } from './msk-token-provider.ts';
import { checkFields, parseKafkaCredentials, type KafkaCredentialsOptions } from './parse-kafka-credentials.ts';
import type { SecretReader } from './secret-reader.ts';

/** What a {@link createSecurityResolver} works with. */
export interface SecurityResolverOptions extends KafkaCredentialsOptions {
  readonly reader: SecretReader;
  /** Aborted when the process is to stop: what is asked for then is refused at once. */
  readonly signal?: AbortSignal;
  /** The longest that reading a Secret may take, in milliseconds. Default 5000. */
  readonly readTimeoutMs?: number;
}

/** How many identities are kept; clients keep theirs anyway. */
const mostTokenProviders = 100;

/** How long what kept one Secret from being read is taken to keep others from it, in milliseconds. */
const awayMs = 2000;

/**
 * Turns the reference to Secrets that a resource of the contract carries into Kafka credentials, read at that moment and kept nowhere. Reads
 * of one Secret that come together are one. While Kubernetes is away, whoever asks after the first waits for nothing.
 *
 * The function rejects with a {@link CredentialsError} that names the Secret.
 */
export function createSecurityResolver(
  options: SecurityResolverOptions,
): (auth: NonNullable<Resource['auth']>) => Promise<KafkaSecurity> {
  const secrets = new SharedReads(options);
  const credentials = { ...options, tokenProvider: sharedTokenProviders(options.tokenProvider ?? mskTokenProvider) };
  return async (auth) => {
    switch (auth.$case) {
      case 'absentAuth':
        return { protocol: 'PLAINTEXT' };
      case 'authSecret': {
        const data = await secrets.read(auth.value);
        return about(auth.value, () => parseKafkaCredentials(data, credentials));
      }
      case 'multiAuthSecret': {
        const fields = await gatherFields(auth.value, (reference) => secrets.read(reference));
        const [first] = auth.value.references;
        return about(first?.reference, () => checkFields(fields, credentials));
      }
      default:
        auth satisfies never;
        throw new CredentialsError('CREDENTIALS_INVALID', 'the resource refers to its credentials in an unknown way');
    }
  };
}

/** One provider, and so one token, for all resources of an identity. */
function sharedTokenProviders(
  make: (source: MskTokenSource) => OAuthTokenProvider,
): (source: MskTokenSource) => OAuthTokenProvider {
  const made = new Map<string, OAuthTokenProvider>();
  return (source) => {
    const key = JSON.stringify([source.region, source.roleArn]);
    const provider = made.get(key) ?? make(source);
    made.delete(key);
    made.set(key, provider);
    for (const oldest of made.keys()) {
      if (made.size <= mostTokenProviders) break;
      made.delete(oldest);
    }
    return provider;
  };
}

/** Has what is wrong with credentials say in which Secret. */
function about(reference: Reference | undefined, parse: () => KafkaSecurity): KafkaSecurity {
  try {
    return parse();
  } catch (error) {
    if (!isCredentialsError(error) || reference === undefined) throw error;
    throw new CredentialsError(error.code, `Secret ${nameOf(reference)}: ${error.message}`, error);
  }
}

class SharedReads {
  readonly #options: SecurityResolverOptions;
  readonly #reading = new Map<string, Promise<SecretData>>();
  #away: { readonly why: string; readonly untilMs: number } | undefined;

  constructor(options: SecurityResolverOptions) {
    this.#options = options;
  }

  read(reference: Reference): Promise<SecretData> {
    const key = nameOf(reference);
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = this.#read(reference).finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return reading;
  }

  async #read(reference: Reference): Promise<SecretData> {
    const { namespace, name } = reference;
    const { reader, signal, readTimeoutMs = 5000 } = this.#options;
    if (this.#away !== undefined && performance.now() < this.#away.untilMs)
      throw this.#failed(reference, this.#away.why);
    const late = AbortSignal.timeout(readTimeoutMs);
    let data: SecretData | undefined;
    try {
      data = await reader.read(namespace, name, signal === undefined ? late : AbortSignal.any([signal, late]));
    } catch (cause) {
      const why = late.aborted
        ? `Kubernetes did not answer within ${readTimeoutMs / 1000} s`
        : cause instanceof Error
          ? cause.message
          : String(cause);
      if (!isAnswer(cause)) this.#away = { why, untilMs: performance.now() + awayMs };
      throw this.#failed(reference, why, cause);
    }
    this.#away = undefined;
    if (data !== undefined) return data;
    throw new CredentialsError('CREDENTIALS_UNAVAILABLE', `Secret ${nameOf(reference)} does not exist: create it`);
  }

  #failed(reference: Reference, why: string, cause?: unknown): CredentialsError {
    const message = `Secret ${nameOf(reference)} could not be read: ${why}`;
    return new CredentialsError('CREDENTIALS_UNAVAILABLE', message, cause);
  }
}

/** Whether Kubernetes answered, if with a refusal, so that another Secret may well be read. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
}

function nameOf({ namespace, name }: Reference): string {
  return `${namespace}/${name}`;
}
