import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '@eventing-kafka/logging';
import { until } from '../testing/guarded.ts';
import { followDiscoveryBaseUrl } from './discovery-base-url.ts';

test('the flag is honoured, and its changes (SD3); nonsense changes nothing', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'features-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const flag = join(directory, 'oidc-discovery-base-url');
  const applied: string[] = [];
  const lines: string[] = [];
  stack.use(
    await followDiscoveryBaseUrl({
      directory,
      usual: 'https://usual',
      apply: (baseUrl) => applied.push(baseUrl),
      logger: createLogger({ level: 'error', format: 'json', write: (line) => lines.push(line) }),
      pollMs: 20,
    }),
  );
  assert.deepEqual(applied, []);
  await writeFile(flag, 'https://issuer.example/realm\n');
  await until('the flag is applied', () => applied.length === 1);
  await writeFile(flag, 'issuer.example');
  await until('nonsense is told', () => lines.length === 1);
  assert.deepEqual(applied, ['https://issuer.example/realm']);
  await rm(flag);
  await until('the usual one is back', () => applied.length === 2);
  assert.deepEqual(applied, ['https://issuer.example/realm', 'https://usual']);
});
