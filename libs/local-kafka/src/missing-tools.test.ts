import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { isLocalKafkaError, startLocalKafka } from './index.ts';

/** Runs with a `PATH` that has these programs and nothing else but the shell's. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'local-kafka-test-'));
  const path = process.env['PATH'];
  const cache = process.env['XDG_CACHE_HOME'];
  try {
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, name), 0o755);
    }
    process.env['PATH'] = [folder].join(delimiter);
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
    await run(folder);
  } finally {
    process.env['PATH'] = path;
    if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cache;
    await rm(folder, { recursive: true, force: true });
  }
}

const newJava = 'echo \'openjdk version "21.0.1" 2023-10-17\' >&2';
const remedy = /KAFKA_BOOTSTRAP_SERVERS/;

test('without Java it says what to install or to set', async () => {
  await withPrograms({}, async () => {
    await assert.rejects(startLocalKafka(), { code: 'LOCAL_KAFKA_JAVA_MISSING', message: remedy });
  });
});

test('a Java that is too old is named', async () => {
  await withPrograms({ java: 'echo \'openjdk version "1.8.0_392"\' >&2' }, async () => {
    await assert.rejects(startLocalKafka(), {
      code: 'LOCAL_KAFKA_JAVA_MISSING',
      message: /1\.8\.0_392.*KAFKA_BOOTSTRAP_SERVERS/,
    });
  });
});

test('without Maven and without jars it says what to install or to set', async () => {
  await withPrograms({ java: newJava }, async () => {
    await assert.rejects(startLocalKafka(), (error) => {
      assert.ok(isLocalKafkaError(error));
      assert.equal(error.code, 'LOCAL_KAFKA_MAVEN_MISSING');
      assert.match(error.message, remedy);
      return true;
    });
  });
});

test('a failed download leaves nothing half done in the cache', async () => {
  await withPrograms({ java: newJava, mvn: 'echo "[ERROR] no route to host"; exit 1' }, async (folder) => {
    await assert.rejects(startLocalKafka(), { code: 'LOCAL_KAFKA_DOWNLOAD_FAILED', message: /no route to host/ });
    assert.deepEqual(await readdir(join(folder, 'cache', 'eventing-kafka')), []);
  });
});
