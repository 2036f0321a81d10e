import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '@eventing-kafka/certificates';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** What a test issuer is like. */
export interface TestIssuerOptions {
  /** The `iss` of its tokens; its own URL when absent, as it should be. */
  readonly issuer?: string;
  /** Algorithm of its keys. Default `RS256`, as with Kubernetes. */
  readonly algorithm?: 'RS256' | 'ES256' | 'EdDSA';
  /** 0, the default: any free one. */
  readonly port?: number;
  /** What its documents say in place of the truth. */
  readonly discovery?: Readonly<Record<string, unknown>>;
}

/** What a token says. */
export interface TokenContent {
  readonly audience?: string | readonly string[];
  readonly subject?: string;
  /** Seconds from now; default 3600, null: no `exp`. */
  readonly expiresInSeconds?: number | null;
  /** Further claims; they win over the others. An undefined one is left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Further headers. An undefined one is left out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A request it got. */
export interface IssuerRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** An OIDC issuer on this machine: discovery and keys over HTTPS, and tokens signed by it. Disposing closes it. */
export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  readonly port: number;
  /** Who signed its certificate, PEM. */
  readonly caPem: string;
  readonly requests: readonly IssuerRequest[];
  /** Answers given in place of the documents, by a test that wants a failure: a status, or null to leave the request open. */
  failWith: number | null | undefined;
  /** Makes and publishes a new key, and signs with it. The keys before stay published, unless `withdraw`. */
  rotate(options?: { readonly withdraw?: boolean }): Promise<void>;
  /** A token signed by the newest key. */
  token(content?: TokenContent): Promise<string>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Starts one on 127.0.0.1. */
export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { algorithm = 'RS256' } = options;
  const now = new Date();
  const authority = await createAuthority({ commonName: 'test issuer', validForMs: 86_400_000, now });
  const { certificate, privateKey } = await issueCertificate(authority, {
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    validForMs: 86_400_000,
    now,
  });
  let keys: readonly SigningKey[] = [await newKey(algorithm, 'k1')];
  let made = 1;
  let failWith: number | null | undefined;
  const requests: IssuerRequest[] = [];
  const documents: Readonly<Record<string, () => unknown>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      jwks_uri: `${url}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: [algorithm],
      ...options.discovery,
    }),
    '/openid/v1/jwks': () => ({ keys: keys.map((key) => key.publicJwk) }),
  };
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, authorization: request.headers.authorization });
    if (failWith === null) return;
    const document = documents[path]?.();
    // As the API server does: keys have a media type of their own, and whoever does not take it gets none.
    const type = path.endsWith('/jwks') ? 'application/jwk-set+json' : 'application/json';
    const isTaken = (request.headers.accept ?? type).includes(type);
    const statusCode = failWith ?? (document === undefined ? 404 : isTaken ? 200 : 406);
    response.writeHead(statusCode, { 'content-type': type }).end(JSON.stringify(document ?? {}));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const issuer = options.issuer ?? url;
  let closed: Promise<void> | undefined;

  return {
    url,
    issuer,
    port,
    caPem: authority.certificate,
    requests,
    get failWith() {
      return failWith;
    },
    set failWith(value) {
      failWith = value;
    },
    async rotate({ withdraw = false } = {}) {
      made += 1;
      const key = await newKey(algorithm, `k${made}`);
      keys = [key, ...(withdraw ? [] : keys)];
    },
    async token({ audience, subject, expiresInSeconds = 3600, claims, header } = {}) {
      const [{ kid, privateKey: signingKey } = unreachable()] = keys;
      const nowSeconds = Math.floor(Date.now() / 1000);
      const payload = withoutUndefined({
        iss: issuer,
        aud: audience,
        sub: subject,
        iat: nowSeconds,
        exp: expiresInSeconds === null ? undefined : nowSeconds + expiresInSeconds,
        ...claims,
      });
      const signing = new SignJWT(payload);
      return signing.setProtectedHeader({ alg: algorithm, ...withoutUndefined({ kid, ...header }) }).sign(signingKey);
    },
    [Symbol.asyncDispose]: () => {
      closed ??= new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      });
      return closed;
    },
  };
}

async function newKey(algorithm: string, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  return { kid, privateKey, publicJwk };
}

function withoutUndefined(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function unreachable(): never {
  throw new Error('an issuer has a key');
}
