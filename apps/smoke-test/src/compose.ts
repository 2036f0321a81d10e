import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@eventing-kafka/logging';
import type { SmokeTestSettings } from './config.ts';
import { isAccepted, postEvent, type PostOutcome } from './post-event.ts';
import { SmokeTestError } from './smoke-test-error.ts';
import { startSubscriber } from './subscriber.ts';

/**
 * Posts an event with a fresh id, and another one each interval, until one of them has come back: a Broker or Trigger that is
 * not Ready yet when the test begins is waited for. Resolves when one came back, or when `signal` is aborted.
 *
 * @throws SmokeTestError nothing came back in time: its message says how far events got
 */
export async function runSmokeTest({
  settings: { brokerUrl, host, port, timeoutMs, intervalMs },
  logger,
  signal,
}: {
  readonly settings: SmokeTestSettings;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const arrived = new AbortController();
  const posted = new Map<string, number>();
  await using subscriber = await startSubscriber({
    host,
    port,
    onEvent(id) {
      const postedAt = posted.get(id);
      if (postedAt === undefined || arrived.signal.aborted) return;
      logger.info('the event came back', { brokerUrl, id, ms: Math.round(performance.now() - postedAt) });
      arrived.abort();
    },
  });
  logger.info('smoke test started', { brokerUrl, port: subscriber.port });
  const deadline = AbortSignal.timeout(timeoutMs);
  const end = AbortSignal.any([signal, arrived.signal, deadline]);
  let accepted = 0;
  let last: Exclude<PostOutcome, { kind: 'withdrawn' }> | undefined;
  while (!end.aborted) {
    const id = randomUUID();
    posted.set(id, performance.now());
    const outcome = await postEvent(brokerUrl, id, end);
    if (outcome.kind !== 'withdrawn') last = outcome;
    if (isAccepted(outcome)) accepted += 1;
    await delay(intervalMs, undefined, { signal: end }).catch(() => undefined);
  }
  if (!arrived.signal.aborted && !signal.aborted) {
    throw failure({ brokerUrl, timeoutMs, posted: posted.size, accepted, last });
  }
}

function failure(state: {
  readonly brokerUrl: string;
  readonly timeoutMs: number;
  readonly posted: number;
  readonly accepted: number;
  readonly last: Exclude<PostOutcome, { kind: 'withdrawn' }> | undefined;
}): SmokeTestError {
  const { brokerUrl, timeoutMs, posted, accepted, last } = state;
  if (accepted > 0) {
    return new SmokeTestError(
      'SMOKE_TEST_NOT_DELIVERED',
      `${brokerUrl} accepted ${accepted} of ${posted} events, and none came back within ${timeoutMs} ms; look at "kubectl get trigger" and the dispatcher's log`,
    );
  }
  const answer =
    last === undefined
      ? 'did not answer'
      : last.kind === 'unreachable'
        ? `cannot be reached (${last.why})`
        : `answered ${last.statusCode}${last.text === '' ? '' : ` (${last.text})`}`;
  return new SmokeTestError(
    'SMOKE_TEST_NOT_ACCEPTED',
    `${brokerUrl} accepted none of ${posted} events within ${timeoutMs} ms; at last it ${answer}; look at "kubectl get broker"`,
  );
}
