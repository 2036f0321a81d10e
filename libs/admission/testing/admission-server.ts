import { request } from 'node:https';
import { createAuthority, issueCertificate } from '@eventing-kafka/certificates';
import type { KeyPair, TlsMaterial, TlsMaterialSource } from '@eventing-kafka/certificates';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { startAdmissionServer } from '../src/index.ts';
import type { AdmissionContext, AdmissionServer, AdmissionServerOptions } from '../src/index.ts';
import { contextWith } from './requests.ts';

/** An authority of tests. */
export function testAuthority(): Promise<KeyPair> {
  return createAuthority({ commonName: 'tests', validForMs: 3_600_000, now: new Date() });
}

/** A certificate of this machine, by an authority. */
export async function testMaterial(authority: KeyPair): Promise<TlsMaterial> {
  const { certificate, privateKey } = await issueCertificate(authority, {
    dnsNames: ['localhost'],
    usages: ['server'],
    validForMs: 3_600_000,
    now: new Date(),
  });
  return { ca: authority.certificate, cert: certificate, key: privateKey };
}

/** Material that a test replaces. */
export class ReplaceableMaterial implements TlsMaterialSource {
  current: TlsMaterial;
  readonly #watchers = new Set<() => void>();

  constructor(first: TlsMaterial) {
    this.current = first;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  replace(material: TlsMaterial): void {
    this.current = material;
    for (const changed of this.#watchers) changed();
  }
}

/** A server on a free port of this machine. */
export function startTestServer(
  tls: TlsMaterialSource,
  { context = contextWith(), ...more }: { context?: AdmissionContext } & Partial<AdmissionServerOptions> = {},
): Promise<AdmissionServer> {
  return startAdmissionServer({
    host: 'localhost',
    port: 0,
    tls,
    context,
    logger: silentLogger,
    meter: createNoopMeter(),
    ...more,
  });
}

/** What a server answered. */
export interface TestAnswer {
  readonly statusCode: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Sends one request on a connection of its own, as a client that trusts `ca`. */
export function send(
  port: number,
  ca: string,
  path: string,
  body: string | Buffer,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<TestAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TestAnswer>();
  const options = { host: 'localhost', port, path, ca, method, agent: false };
  const sent = request({ ...options, headers: { 'content-type': 'application/json', ...headers } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve({
        statusCode: response.statusCode ?? 0,
        text: Buffer.concat(chunks).toString(),
        headers: response.headers,
      }),
    );
    response.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
