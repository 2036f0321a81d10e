/**
 * What it costs to look at a token: CPU of this process for each verification, user plus system, and how long one takes by itself.
 *
 *     node --conditions=@eventing-kafka/source benchmarks/verify.ts [seconds]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@eventing-kafka/logging';
import { startTokenVerifier } from '../src/index.ts';
import { startTestIssuer } from '../src/testing/index.ts';

const seconds = Number(process.argv[2] ?? 3);
const audience = 'eventing.knative.dev/broker/default/orders';
/** As many claims as a token of Kubernetes has. */
const claims = {
  jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  'kubernetes.io': {
    namespace: 'default',
    node: { name: 'node-1', uid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' },
    serviceaccount: { name: 'orders', uid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' },
  },
};

/** Runs `work` over and over, `atOnce` beside each other. */
async function measure(bench: string, atOnce: number, work: (round: number) => unknown): Promise<void> {
  let rounds = 0;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1000;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      for (let i = 0; i < 50; i += 1) {
        const result = work((rounds += 1));
        if (result instanceof Promise) await result;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      bench,
      atOnce,
      cpuMicros: Number(((user + system) / rounds).toFixed(2)),
      elapsedMicros: Number((((performance.now() - started) * 1000) / rounds).toFixed(2)),
    }),
  );
}

for (const algorithm of ['RS256', 'ES256'] as const) {
  await using stack = new AsyncDisposableStack();
  const issuer = stack.use(await startTestIssuer({ algorithm }));
  const folder = await mkdtemp(join(tmpdir(), 'oidc-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, issuer.caPem);
  const options = { baseUrl: issuer.url, caFile, logger: silentLogger, alwaysExpected: true };
  const verifier = stack.use(startTokenVerifier(options));
  const forgetful = stack.use(startTokenVerifier({ ...options, maxRememberedTokens: 0 }));
  while (verifier.notReadyReason !== undefined || forgetful.notReadyReason !== undefined) await pause(10);
  const header = `Bearer ${await issuer.token({ audience, subject: 'system:serviceaccount:default:orders', claims })}`;
  const expired = `Bearer ${await issuer.token({ audience, expiresInSeconds: -1, claims })}`;
  for (const one of [verifier, forgetful]) {
    const { kind } = await one.verify(header, audience);
    if (kind !== 'valid') throw new Error(kind);
  }
  await measure(`${algorithm} verified before`, 1, () => verifier.verify(header, audience));
  await measure(`${algorithm} signature`, 1, () => forgetful.verify(header, audience));
  await measure(`${algorithm} signature`, 20, () => forgetful.verify(header, audience));
  await measure(`${algorithm} expired`, 1, () => verifier.verify(expired, audience));
}
