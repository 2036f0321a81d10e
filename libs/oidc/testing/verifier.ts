import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@eventing-kafka/logging';
import { startTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from '../src/index.ts';
import type { TestIssuer } from '../src/testing/index.ts';

/** The audience that tests ask for. */
export const audience = 'eventing.knative.dev/broker/ns/b';

/** A folder that is gone with its stack. */
export async function scratchFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A verifier of an issuer on this machine that tries again soon. */
export async function verifierOf(
  stack: AsyncDisposableStack,
  issuer: TestIssuer,
  options: Partial<TokenVerifierOptions> = {},
): Promise<TokenVerifier> {
  const caFile = join(await scratchFolder(stack), 'ca.crt');
  await writeFile(caFile, issuer.caPem);
  return stack.use(
    startTokenVerifier({
      baseUrl: issuer.url,
      caFile,
      logger: silentLogger,
      ...options,
      times: { firstRetryMs: 10, longestRetryMs: 10, ...options.times },
    }),
  );
}

/** What a verifier says of a token, in one word. */
export async function said(verifier: TokenVerifier, token: string, wanted = audience): Promise<string> {
  const verdict = await verifier.verify(`Bearer ${token}`, wanted);
  return verdict.kind === 'refused' ? verdict.problem : verdict.kind;
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not in 10 s: ${what}`);
    await pause(2);
  }
}

/** Waits until keys are there. */
export async function loaded(verifier: TokenVerifier): Promise<void> {
  verifier.expectTokens(true);
  await until('keys are loaded', () => verifier.notReadyReason === undefined);
}
