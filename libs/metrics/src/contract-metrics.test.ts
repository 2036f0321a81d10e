import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observeContract, startMetrics } from './index.ts';

test('the contract in use and the connection are told as they are when somebody asks', async () => {
  await using metrics = await startMetrics({
    serviceName: 'test',
    serviceNamespace: 'test',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  const lines = async (): Promise<readonly string[]> => {
    const text = await (await fetch(new URL('/metrics', metrics.admin.url))).text();
    return text.split('\n').filter((line) => line.startsWith('eventing_kafka_contract'));
  };
  const contract: {
    revision: { epoch: bigint; generation: bigint } | undefined;
    connected: boolean;
    refusedParts: unknown[];
  } = {
    revision: undefined,
    connected: false,
    refusedParts: [],
  };
  observeContract(metrics.meter, 'receiver', contract);
  assert.deepEqual(await lines(), [
    'eventing_kafka_contract_generation{process_kind="receiver"} 0',
    'eventing_kafka_contract_connected{process_kind="receiver"} 0',
    'eventing_kafka_contract_refused{process_kind="receiver"} 0',
  ]);
  contract.revision = { epoch: 3n, generation: 7n };
  contract.connected = true;
  contract.refusedParts = [{}];
  assert.deepEqual(await lines(), [
    'eventing_kafka_contract_generation{process_kind="receiver"} 7',
    'eventing_kafka_contract_connected{process_kind="receiver"} 1',
    'eventing_kafka_contract_refused{process_kind="receiver"} 1',
  ]);
});
