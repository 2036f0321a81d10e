import { createHash, createHmac } from 'node:crypto';
import type { OAuthToken, OAuthTokenProvider } from '@eventing-kafka/kafka-client';

/** Whose tokens: those of the process's own AWS identity, or of a role that it takes on. */
export interface MskTokenSource {
  readonly region: string;
  readonly roleArn?: string;
}

/** How long a token is good, in seconds. */
const expiresInSeconds = 900;
/** The share of its life after which a token is replaced by a new one. */
const refreshShare = 0.8;
const roleSessionName = 'knative-eventing';
/** Asking AWS for credentials may take as long, in milliseconds. */
const credentialsTimeoutMs = 10_000;

/**
 * Tokens with which Amazon MSK takes IAM identities (security.md 1.8): a presigned URL. One token serves all that ask until 80 % of
 * its 900 s are over; credentials come from AWS's default chain, and AWS's libraries are loaded when the first token is asked for.
 */
export function mskTokenProvider(source: MskTokenSource): OAuthTokenProvider {
  let kept: { readonly token: OAuthToken; readonly goodUntilMs: number } | undefined;
  let making: Promise<OAuthToken> | undefined;
  const identity = once(() => awsIdentity(source));
  const make = async (): Promise<OAuthToken> => {
    const now = Date.now();
    const token = await signToken(source.region, await identity(), now);
    kept = { token, goodUntilMs: now + refreshShare * expiresInSeconds * 1000 };
    return token;
  };
  return {
    key: JSON.stringify(['msk', source.region, source.roleArn ?? '']),
    token: () => {
      if (kept !== undefined && Date.now() < kept.goodUntilMs) return Promise.resolve(kept.token);
      making ??= within(make()).finally(() => (making = undefined));
      return making;
    },
  };
}

type Identity = () => Promise<AwsCredentials>;

/** Keys of AWS, as its libraries give them. */
interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

async function awsIdentity({ region, roleArn }: MskTokenSource): Promise<Identity> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const own = fromNodeProviderChain({ clientConfig: { region } });
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: roleArn, RoleSessionName: roleSessionName },
    clientConfig: { region },
  });
}

/** A token of this moment: base64url of `https://kafka.<region>.amazonaws.com/?Action=kafka-cluster:Connect&…`. */
async function signToken(region: string, credentials: Identity, nowMs: number): Promise<OAuthToken> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const keys = await credentials();
  if (keys.accessKeyId === '' || keys.secretAccessKey === '') throw new Error('the AWS credentials are empty');
  const signer = new SignatureV4({ service: 'kafka-cluster', region, credentials: keys, sha256: Sha256 });
  const hostname = `kafka.${region}.amazonaws.com`;
  const signingDate = new Date(nowMs);
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'kafka-cluster:Connect' },
      headers: { host: hostname },
    },
    { signingDate, expiresIn: expiresInSeconds },
  );
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  // Not signed, so after the signature; MSK wants to know who asks.
  const url = `https://${hostname}/?${[...query, 'User-Agent=eventing-kafka'].join('&')}`;
  return {
    value: Buffer.from(url).toString('base64url'),
    expiresAtMs: Math.floor(nowMs / 1000) * 1000 + expiresInSeconds * 1000,
  };
}

/** Node's SHA-256, as AWS's signer wants it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** What `make` resolves with, made when it is asked for first; made again after a failure. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () => {
    if (made === undefined) {
      const making = make();
      made = making;
      making.catch(() => (made = undefined));
    }
    return made;
  };
}

async function within<Answer>(work: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`AWS gave no credentials within ${credentialsTimeoutMs / 1000} s`)),
      credentialsTimeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
