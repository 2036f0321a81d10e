import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLocalKafka } from '../src/index.ts';
import { answersKafka } from '../src/broker-probe.ts';

function portOf(bootstrapServers: string): number {
  return Number(bootstrapServers.split(':')[1]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('it serves, freezes, thaws, is killed, comes back on its port, and is gone when disposed', async () => {
  const lines: string[] = [];
  await using kafka = await startLocalKafka({ onProgress: (line) => lines.push(line) });
  const port = portOf(kafka.bootstrapServers);
  assert.ok(lines.some((line) => line.includes(kafka.bootstrapServers)));
  assert.equal(await answersKafka(port, 1000), true);
  kafka.pause();
  // A signal takes a moment to reach every thread.
  await eventually('a frozen Kafka answers nothing', async () => !(await answersKafka(port, 300)));
  kafka.resume();
  await eventually('a thawed Kafka answers', () => answersKafka(port, 2000));
  const first = kafka.pid;
  await kafka.kill();
  assert.equal(kafka.pid, undefined);
  assert.equal(await answersKafka(port, 300), false);
  await kafka.restart();
  assert.notEqual(kafka.pid, first);
  assert.equal(await answersKafka(port, 1000), true);
  const last = Number(kafka.pid);
  kafka.pause();
  await kafka[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
  assert.equal(isAlive(last), false);
});

test('a data folder that was given is kept and taken up again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'local-kafka-data-'));
  try {
    for (let round = 0; round < 2; round += 1) {
      await using kafka = await startLocalKafka({ dataDirectory: folder });
      assert.equal(await answersKafka(portOf(kafka.bootstrapServers), 1000), true);
    }
    assert.ok(existsSync(join(folder, 'log', 'meta.properties')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a port in use and a setting Kafka refuses are told, and nothing is left running', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await assert.rejects(startLocalKafka({ port }), {
    code: 'LOCAL_KAFKA_PORT_IN_USE',
    message: new RegExp(String(port)),
  });
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(startLocalKafka({ properties: { 'num.network.threads': 'many' } }), {
    code: 'LOCAL_KAFKA_START_FAILED',
    message: /num\.network\.threads/,
  });
});

test('it ends with the process that started it, even when that is killed', async () => {
  const program = `
    import { startLocalKafka } from '@eventing-kafka/local-kafka';
    const kafka = await startLocalKafka();
    process.stdout.write(String(kafka.pid));
    setInterval(() => undefined, 1000);
  `;
  const args = ['--conditions=@eventing-kafka/source', '--input-type=module', '--eval', program];
  const parent = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  assert.equal(isAlive(pid), true);
  parent.kill('SIGKILL');
  await eventually('Kafka ended with its parent', () => !isAlive(pid));
});

test('two that start at once on one machine do not disturb each other', async () => {
  const [first, second] = await Promise.all([startLocalKafka(), startLocalKafka()]);
  assert.notEqual(first.bootstrapServers, second.bootstrapServers);
  await Promise.all([first, second].map((kafka) => kafka[Symbol.asyncDispose]()));
});
