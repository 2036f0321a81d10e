import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { messageOf, OidcError } from '../oidc-error.ts';

/** What an issuer's tokens are checked with. */
export interface IssuerKeys {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** The key set as it was fetched, to tell whether another one is different. */
  readonly source: string;
  /** How many keys there are. */
  readonly count: number;
  /** The key a token says it is signed with; without a key id the first that fits (receiver.md 10.2). Rejects when there is none. */
  find(header: JWSHeaderParameters): Promise<CryptoKey>;
}

/** Where documents come from. */
export interface DocumentSource {
  get(url: URL, signal: AbortSignal): Promise<{ readonly statusCode: number; readonly body: string }>;
}

/**
 * Loads what is needed to check the tokens of an issuer: its discovery document, and the keys that it names.
 *
 * @throws OidcError `OIDC_KEYS_UNAVAILABLE`, naming the address and what is wrong with its answer
 */
export async function loadIssuerKeys(
  baseUrl: string,
  documents: DocumentSource,
  signal: AbortSignal,
): Promise<IssuerKeys> {
  const discoveryUrl = new URL(`${baseUrl.replace(/\/+$/, '')}/.well-known/openid-configuration`);
  const discovery = await readDocument(documents, discoveryUrl, signal);
  const { issuer, jwks_uri: keysUri } = parsed(discoveryUrl, discovery);
  if (typeof issuer !== 'string' || issuer === '') throw unusable(discoveryUrl, 'it names no issuer');
  const keysUrl = typeof keysUri === 'string' ? URL.parse(keysUri) : null;
  if (keysUrl === null) throw unusable(discoveryUrl, 'its jwks_uri is not an absolute URL');
  const source = await readDocument(documents, keysUrl, signal);
  const keySet = parsed(keysUrl, source);
  try {
    const find = createLocalJWKSet(keySet as unknown as JSONWebKeySet);
    const count = (keySet['keys'] as readonly unknown[]).length;
    if (count === 0) throw new Error('it holds no key');
    return { issuer, source, count, find: (header) => find(header).catch(firstOf) };
  } catch (error) {
    throw unusable(keysUrl, messageOf(error), error);
  }
}

/** Of several keys that fit a header, the first. */
async function firstOf(error: unknown): Promise<CryptoKey> {
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    for await (const key of error) return key;
  }
  throw error;
}

async function readDocument(documents: DocumentSource, url: URL, signal: AbortSignal): Promise<string> {
  let answer: { readonly statusCode: number; readonly body: string };
  try {
    answer = await documents.get(url, signal);
  } catch (error) {
    throw unusable(url, messageOf(error), error);
  }
  if (answer.statusCode !== 200) throw unusable(url, `it is answered with ${answer.statusCode}`);
  return answer.body;
}

function parsed(url: URL, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below; a parser's message would quote what somebody else wrote.
  }
  throw unusable(url, 'it is not a JSON object');
}

function unusable(url: URL, why: string, cause?: unknown): OidcError {
  return new OidcError('OIDC_KEYS_UNAVAILABLE', `${url.href} cannot be used: ${why}`, cause);
}
