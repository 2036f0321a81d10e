import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { emptyContractState } from '@eventing-kafka/contract';
import { startContractServer } from '@eventing-kafka/contract-stream';
import { silentLogger } from '@eventing-kafka/logging';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

test('starts, takes a contract, is ready, and stops with exit code 0', { timeout: 60_000 }, async () => {
  await using server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  const app = spawn(process.execPath, [...process.execArgv.filter((flag) => flag.startsWith('--conditions')), main], {
    env: {
      ...process.env,
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: '0',
      CONTRACT_ADDRESS: `127.0.0.1:${server.port}`,
      LOG_FORMAT: 'json',
      NODE_ID: 'd1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let adminUrl = '';
    for await (const line of createInterface(app.stdout)) {
      const entry = JSON.parse(line) as { message: string; adminUrl?: string };
      if (entry.message !== 'dispatcher started') continue;
      adminUrl = entry.adminUrl ?? '';
      break;
    }
    app.stdout.resume();
    assert.equal((await fetch(new URL('/readyz', adminUrl))).status, 503);
    server.publish(emptyContractState);
    while ((await fetch(new URL('/readyz', adminUrl))).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(
      server.processes().map(({ nodeId, kind }) => [nodeId, kind]),
      [['d1', 'dispatcher']],
    );
    assert.equal((await fetch(new URL('/healthz', adminUrl))).status, 200);
    app.kill('SIGTERM');
    assert.deepEqual(await once(app, 'exit'), [0, null]);
  } finally {
    app.kill('SIGKILL');
  }
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  const app = spawn(process.execPath, [
    ...process.execArgv.filter((flag) => flag.startsWith('--conditions')),
    main,
    '--max-in-flight',
    'many',
    '--contract',
    'nowhere',
  ]);
  let errors = '';
  app.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  assert.deepEqual(await once(app, 'close'), [2, null]);
  assert.match(errors, /--max-in-flight is "many"/);
  assert.match(errors, /--contract is "nowhere"/);
});
