import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { after, before, describe, test } from 'node:test';
import { type AppProcess, eventually, startApp } from '@eventing-kafka/e2e-support';

const quickstart = resolve(import.meta.dirname, '../../../apps/standalone/quickstart');
const anyPorts = ['--port=0', '--viewer-port=0', '--admin-port=0'];
const run = promisify(execFile);

/** The `curl` commands of the start message, as a person would copy them. */
function curlCommands(output: string): readonly string[] {
  return [...output.matchAll(/^ {2}(curl (?:.*\\\n)*.*)$/gm)].map(([, command = '']) => command);
}

async function shell(command: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `${command} -s`]);
  return stdout;
}

describe('the main job', { timeout: 120_000 }, () => {
  let folder: string;
  let standalone: AppProcess;
  let commands: readonly string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-quickstart-'));
    await cp(quickstart, folder, { recursive: true });
    standalone = startApp('standalone', { args: [`--manifests=${folder}`, ...anyPorts] });
    await standalone.printed(/eventing-kafka is running/);
    await standalone.printed(/that is refused|One that is refused[\s\S]*no type/);
    commands = curlCommands(standalone.output);
  });
  after(async () => {
    await standalone[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('prints three requests to copy', () => {
    assert.equal(commands.length, 3, standalone.output);
  });

  test('its binary request shows at the triggers that want it', async () => {
    assert.match(await shell(commands[0]!), /^HTTP\/1\.1 202 /);
    const seen = await standalone.printed(/orders[\s\S]*com\.example\.order\.created/);
    assert.ok(seen);
    await standalone.printed(/everything[\s\S]*com\.example\.order\.created/);
  });

  test('its structured request ends at the dead letter sink', async () => {
    assert.match(await shell(commands[1]!), /^HTTP\/1\.1 202 /);
    await standalone.printed(/dead-letters[\s\S]*com\.example\.payment\.failed/);
  });

  test('its refused request is explained', async () => {
    const answer = await shell(commands[2]!);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /ce-type/);
  });

  test('a new file is served at once, and the removal of one too', async () => {
    const file = join(folder, '9-new.yaml');
    const text = await readFile(join(folder, '3-orders.yaml'), 'utf8');
    await writeFile(file, text.replace('name: orders', 'name: late').replace('uri: /orders', 'uri: /late'));
    await standalone.printed(/added Trigger default\/late[\s\S]*serving Trigger default\/late after \d+ ms/);
    await shell(commands[0]!.replace('ce-id: 1', 'ce-id: late-1'));
    await standalone.printed(/late[^\n]*com\.example\.order\.created|\/late[\s\S]*late-1/);
    await rm(file);
    await standalone.printed(/removed Trigger default\/late[\s\S]*no longer serving Trigger default\/late/);
  });

  test('a broken file is named with its line, and what was served goes on', async () => {
    await writeFile(join(folder, '3-orders.yaml'), 'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: [\n');
    await standalone.printed(/3-orders\.yaml:\d+/);
    const before = standalone.output.length;
    await shell(commands[0]!.replace('ce-id: 1', 'ce-id: still-1'));
    await eventually(
      'the trigger of the broken file still delivers',
      () => /orders/.test(standalone.output.slice(before)) && /still-1/.test(standalone.output.slice(before)),
    );
  });

  test('an unknown kind, a duplicate and an unparseable filter are refused alone', async () => {
    const trigger = await readFile(join(folder, '2-everything.yaml'), 'utf8');
    await writeFile(join(folder, '5-unknown.yaml'), 'apiVersion: example.com/v1\nkind: Gizmo\nmetadata:\n  name: g\n');
    await standalone.printed(/5-unknown\.yaml[^\n]*Gizmo/);
    await writeFile(join(folder, '6-duplicate.yaml'), trigger);
    await standalone.printed(/6-duplicate\.yaml[^\n]*everything/);
    await writeFile(
      join(folder, '7-filter.yaml'),
      trigger
        .replace('name: everything', 'name: broken-filter')
        .replace('broker: shop', "broker: shop\n  filters:\n    - cesql: 'type LIKE'"),
    );
    await standalone.printed(/refused 7-filter\.yaml:\d+:\d+: Trigger default\/broken-filter: [^\n]*column 10/);
    assert.match(await shell(commands[0]!), /^HTTP\/1\.1 202 /);
  });

  test('SIGINT ends it with exit code 0', async () => {
    assert.equal(await standalone.stop('SIGINT'), 0, standalone.output);
  });
});

describe('the main job refuses to start, in one line', { timeout: 60_000 }, () => {
  test('when a port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    await using standalone = startApp('standalone', {
      args: ['--viewer-port=0', '--admin-port=0', `--port=${address.port}`],
    });
    assert.equal(await standalone.exited(), 1);
    taken.close();
    const lines = standalone.output.trim().split('\n');
    assert.match(lines.at(-1) ?? '', new RegExp(`${address.port}`));
    assert.doesNotMatch(standalone.output, /^\s+at /m);
  });

  test('when the folder of manifests is not there', async () => {
    await using standalone = startApp('standalone', { args: [...anyPorts, '--manifests=/no/such/folder'] });
    assert.equal(await standalone.exited(), 1);
    assert.match(standalone.output, /\/no\/such\/folder/);
    assert.doesNotMatch(standalone.output, /^\s+at /m);
  });

  test('when no Kafka answers, saying what else to choose', async () => {
    await using standalone = startApp('standalone', { args: [...anyPorts, '--kafka=127.0.0.1:1'] });
    assert.equal(await standalone.exited(), 1);
    assert.match(standalone.output.trim(), /^[^\n]*127\.0\.0\.1:1[^\n]*--kafka local[^\n]*$/);
  });

  test('when a setting is wrong, naming it and what is allowed', async () => {
    await using standalone = startApp('standalone', { args: ['--port=many', '--kafak=local'] });
    assert.equal(await standalone.exited(), 2);
    assert.match(standalone.output, /--port/);
    assert.match(standalone.output, /--kafka/);
  });

  test('--help lists the options', async () => {
    await using standalone = startApp('standalone', { args: ['--help'] });
    assert.equal(await standalone.exited(), 0);
    for (const option of ['--manifests', '--kafka', '--port', '--viewer-port', '--admin-port', '--log-level']) {
      assert.ok(standalone.output.includes(option), option);
    }
  });
});
