import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { generatedFolders, protoFolder, workspaceRoot } from './generated.mjs';

const node = (script, ...args) =>
  promisify(execFile)(process.execPath, [join(protoFolder, 'scripts', script), ...args]);

test('check-generated is content with the workspace', async () => {
  const { stdout } = await node('check-generated.mjs');
  assert.match(stdout, /up to date/u);
});

test('check-generated names files that differ, are missing or are not generated', async (t) => {
  const copy = await mkdtemp(join(tmpdir(), 'eventing-kafka-check-'));
  t.after(() => rm(copy, { recursive: true, force: true }));
  for (const folder of generatedFolders) await cp(join(workspaceRoot, folder), join(copy, folder), { recursive: true });
  const [contract, push] = generatedFolders;
  await appendFile(join(copy, contract, 'eventing_kafka/contract/v1/contract.ts'), '// edited\n');
  await rm(join(copy, push, 'eventing_kafka/push/v1/push.ts'));
  await writeFile(join(copy, push, 'stray.ts'), '');
  await assert.rejects(node('check-generated.mjs', copy), ({ stderr }) => {
    assert.match(stderr, /contract\/v1\/contract\.ts differs/u);
    assert.match(stderr, /push\/v1\/push\.ts is missing/u);
    assert.match(stderr, /stray\.ts is not generated/u);
    return true;
  });
});

test('breaking finds nothing, or nothing to compare with, in the workspace', async () => {
  const { stdout } = await node('breaking.mjs');
  assert.match(stdout, /^Nothing/u);
});
