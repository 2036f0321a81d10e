import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventPolicy, type DeepPartial, type Resource } from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { startTokenVerifier, type TokenVerifier } from '@eventing-kafka/oidc';
import type { TestIssuer } from '@eventing-kafka/oidc/testing';
import { resource } from './contracts.ts';

/** Whom tokens for the resources of {@link guarded} are for. */
export const audience = 'eventing.knative.dev/broker/ns/broker';

/** A sender in the namespace of the resources. */
export const subject = 'system:serviceaccount:ns:sa';

/** A resource at `/ns/<uid>` that asks for tokens, and takes from whom these policies name. */
export function guarded(uid: string, ...policies: readonly DeepPartial<EventPolicy>[]): Resource {
  const eventPolicies = policies.map((policy) => EventPolicy.fromPartial(policy));
  return resource(uid, { path: `/ns/${uid}`, audience, eventPolicies });
}

/** A policy for one sender, or for all whose name begins so; `type` is what types of events begin with. */
export function policyFor(sub: string, type?: string): DeepPartial<EventPolicy> {
  const [$case, name] = sub.endsWith('*') ? (['prefix', sub.slice(0, -1)] as const) : (['exact', sub] as const);
  return {
    tokenMatchers: [{ matcher: { $case, value: { attributes: { sub: name } } } }],
    filters: type === undefined ? [] : [{ filter: { $case: 'prefix', value: { attributes: { type } } } }],
  };
}

/** A verifier of an issuer on this machine, disposed with the stack. */
export async function verifierOf(stack: AsyncDisposableStack, issuer: TestIssuer): Promise<TokenVerifier> {
  const folder = await mkdtemp(join(tmpdir(), 'ingress-issuer-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, issuer.caPem);
  const times = { firstRetryMs: 10, longestRetryMs: 10 };
  return stack.use(startTokenVerifier({ baseUrl: issuer.url, caFile, logger: silentLogger, times }));
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not in 10 s: ${what}`);
    await pause(2);
  }
}
