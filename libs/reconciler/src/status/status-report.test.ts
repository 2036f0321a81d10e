import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressRuntimeState } from '@eventing-kafka/contract';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import { processReports } from './status-report.ts';

const state = (egressUid: string, more: Partial<EgressRuntimeState>): EgressRuntimeState => ({
  resourceUid: 'broker',
  egressUid,
  phase: 'delivering',
  partitions: [0],
  ...more,
});

test('egresses that are held back or make no progress are told, with why, and the others are not', () => {
  const egressStates = [
    state('at-work', { lag: 3n, breaker: 'closed', lastDeliveryError: 'http://a/ answered 422' }),
    state('idle', { phase: 'idle' }),
    state('paused', { phase: 'paused', breaker: 'open', lag: 7n, lastDeliveryError: 'http://s/ answered 503' }),
    state('tried', { breaker: 'half-open' }),
    state('blocked', { phase: 'blocked', lastDeliveryError: 'the group has members' }),
    state('stalled', { stalledPartitions: [0] }),
  ];
  const process = {
    nodeId: 'd1',
    kind: 'dispatcher' as const,
    namespace: '',
    resourceKinds: [],
    acknowledged: undefined,
    refusedParts: [],
    egressStates,
  };
  const contractServer: Pick<ContractServer, 'processes' | 'revision'> = {
    revision: undefined,
    processes: () => [process],
  };
  const [report] = processReports({
    contractServer,
    roster: undefined,
    nameOf: (uid) => (uid === 'paused' ? 'Trigger ns/orders' : undefined),
  });
  assert.deepEqual(report?.troubles, [
    {
      object: 'Trigger ns/orders',
      egressUid: 'paused',
      phase: 'paused',
      breaker: 'open',
      lag: 7,
      error: 'http://s/ answered 503',
    },
    { egressUid: 'tried', phase: 'delivering', breaker: 'half-open' },
    { egressUid: 'blocked', phase: 'blocked', error: 'the group has members' },
    { egressUid: 'stalled', phase: 'delivering', stalledPartitions: [0] },
  ]);
});
