import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplyContract, ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import { createLogger, silentLogger, type Logger } from '@eventing-kafka/logging';
import {
  startContractServer,
  subscribeToContracts,
  type ContractServer,
  type ContractServerOptions,
  type ContractSubscription,
  type ContractSubscriptionOptions,
  type PendingProcess,
  type ServingStatus,
} from '../src/index.ts';

/** A server on loopback. */
export function serve(options: Partial<ContractServerOptions> = {}): Promise<ContractServer> {
  return startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
    ...options,
  });
}

/** What a subscriber was told to serve. */
export interface Served {
  readonly updates: ContractUpdate[];
  readonly apply: ApplyContract;
  /** Answers of the next calls of `apply`; when used up, nothing is refused. An error is thrown. */
  readonly answers: (readonly RefusedPart[] | Error)[];
  latest(): ContractUpdate | undefined;
}

export function served(): Served {
  const updates: ContractUpdate[] = [];
  const answers: (readonly RefusedPart[] | Error)[] = [];
  return {
    updates,
    answers,
    latest: () => updates.at(-1),
    apply: (update) => {
      updates.push(update);
      const answer = answers.shift() ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

/** A dispatcher called `node-1`, unless told otherwise. */
export function subscribe(
  port: number,
  apply: ApplyContract,
  options: Partial<ContractSubscriptionOptions> = {},
): Promise<ContractSubscription> {
  return subscribeToContracts({
    target: `127.0.0.1:${port}`,
    security: { kind: 'insecure' },
    identity: { nodeId: 'node-1', kind: 'dispatcher', namespace: '' },
    logger: silentLogger,
    apply,
    ...options,
  });
}

/** What is pending at one process. */
export function pendingAt(nodeId: string, why: PendingProcess['why'] = 'not-acknowledged'): ServingStatus {
  return { kind: 'pending', nodeIds: [nodeId], waiting: [{ nodeId, why }] };
}

/** Waits until `condition` holds; fails, saying which, when it does not in time. */
export async function until(what: string, condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain until ${what}`);
    await sleep(5);
  }
}

/** A logger that keeps its lines, as JSON. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) }) };
}
