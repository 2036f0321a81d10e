import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningProcess, startProcess } from './testing/index.ts';

interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Statements in front of the app. */
  readonly before?: string;
}

/** Starts a process whose app does `body`; it may use `settings`, `logger`, `signal` and `aborted`, which resolves when the signal is aborted. */
function start(body: string, { args = [], env = {}, before = '' }: Setup = {}): RunningProcess {
  const code = `
    import { defineSettings } from '@eventing-kafka/config';
    import { runApp } from '@eventing-kafka/app-runtime';
    ${before}
    await runApp({
      name: 'greeter',
      summary: 'Greets whoever asks.',
      version: '1.2.3',
      settings: defineSettings({
        port: { description: 'port to greet on', env: 'GREETER_PORT', flag: 'port', kind: 'port', default: 8080 },
        password: { description: 'password of the greeter', env: 'GREETER_PASSWORD', kind: 'secret', optional: true },
      }),
      async run({ settings, logger, signal, drainTimeoutMs }) {
        const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
        using stayAlive = setInterval(() => undefined, 1000);
        ${body}
      },
    });`;
  return startProcess(['--input-type=module', '--eval', code, 'greeter', ...args], { cwd: import.meta.dirname, env });
}

test('gives the app its settings, flags before environment', async () => {
  await using running = start('console.log(JSON.stringify({ settings, drainTimeoutMs }));', {
    args: ['--port', '1', '--drain-timeout=3s'],
    env: { GREETER_PORT: '2', GREETER_PASSWORD: 'hush' },
  });
  assert.equal(await running.exitCode(), 0, running.stderr);
  const printed = JSON.parse(running.stdout) as { settings: Record<string, unknown>; drainTimeoutMs: number };
  assert.equal(printed.settings['port'], 1);
  assert.equal(printed.settings['password'], 'hush');
  assert.equal(printed.drainTimeoutMs, 3000);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} aborts the signal, waits for the app to finish, and ends with 0`, async () => {
    await using running = start(`console.log('up'); await aborted; console.log('draining');
      await new Promise((resolve) => setTimeout(resolve, 50)); console.log('drained');`);
    await running.printed(/up/);
    running.child.kill(signal);
    assert.equal(await running.exitCode(), 0, running.stderr);
    assert.match(
      running.stdout,
      /"message":"stopping","reason":"SIG\w+","drainTimeoutMs":25000[^]*draining[^]*drained[^]*"message":"stopped"/,
    );
    assert.equal(running.stderr, '');
  });
}

test('a signal sent twice within a moment, as npm does with Ctrl-C, is one request', async () => {
  await using running = start(`console.log('up'); await aborted; console.log('draining');
    await new Promise((resolve) => setTimeout(resolve, 100)); console.log('drained');`);
  await running.printed(/up/);
  running.child.kill('SIGINT');
  running.child.kill('SIGINT');
  await running.printed(/draining/);
  running.child.kill('SIGINT');
  assert.equal(await running.exitCode(), 0, running.stderr);
  assert.match(running.stdout, /drained/);
});

test('a second signal ends the process at once with the code of that signal', async () => {
  await using running = start(
    `console.log('up'); await aborted; console.log('draining'); await new Promise(() => undefined);`,
  );
  await running.printed(/up/);
  running.child.kill('SIGINT');
  await running.printed(/draining/);
  await delay(600);
  running.child.kill('SIGINT');
  assert.equal(await running.exitCode(), 130);
  assert.equal(running.stderr, 'greeter: SIGINT again; ending without waiting.\n');
});

test(
  'the drain deadline ends also a process whose thread pool is busy with what nothing can stop',
  { timeout: 20_000 },
  async () => {
    // A minute of it: `process.exit` would wait for the end.
    await using running = start(
      `console.log('up'); pbkdf2('a', 'b', 100_000_000, 64, 'sha512', () => undefined);
    await new Promise(() => undefined);`,
      { args: ['--drain-timeout=100ms'], before: `import { pbkdf2 } from 'node:crypto';` },
    );
    await running.printed(/up/);
    running.child.kill('SIGINT');
    assert.equal(await running.exitCode(), 75);
    assert.equal(running.stderr, 'greeter: not stopped after 100ms; ending anyway.\n');
  },
);

test('an app that is not done by the drain deadline is ended with 75 and a line', async () => {
  await using running = start(`console.log('up'); await new Promise(() => undefined);`, {
    args: ['--drain-timeout', '100ms'],
  });
  await running.printed(/up/);
  running.child.kill('SIGTERM');
  assert.equal(await running.exitCode(), 75);
  assert.equal(running.stderr, 'greeter: not stopped after 100ms; ending anyway.\n');
});

test('an error with a code becomes one line on standard error and code 1', async () => {
  await using running = start(
    `throw Object.assign(new Error('Port 80 is\\n in use:\\u001b[2J sasl.password=hush, choose another.'), { code: 'PORT_IN_USE' });`,
  );
  assert.equal(await running.exitCode(), 1);
  assert.equal(
    running.stderr,
    'greeter: Port 80 is in use:\\u001b[2J sasl.password=[redacted], choose another. (PORT_IN_USE)\n',
  );
  assert.equal(running.stdout, '');
});

test('any other error is logged with its stack and ends with 70', async () => {
  await using running = start(
    `await using cleanup = { async [Symbol.asyncDispose]() { throw new TypeError('and this'); } }; null.toString();`,
  );
  assert.equal(await running.exitCode(), 70);
  const { error } = JSON.parse(running.stdout) as { error: Record<string, Record<string, string>> };
  assert.match(error['suppressed']?.['stack'] ?? '', /TypeError: Cannot read properties of null[^]*at /);
  assert.match(error['error']?.['stack'] ?? '', /TypeError: and this[^]*at /);
});

test('an unhandled rejection and an uncaught exception are logged and end with 70', async () => {
  for (const failure of [
    `void Promise.reject(new Error('lost'));`,
    `setImmediate(() => { throw new Error('lost'); });`,
  ]) {
    await using running = start(`${failure} await new Promise(() => undefined);`);
    assert.equal(await running.exitCode(), 70);
    assert.match(
      running.stdout,
      /"level":"error","message":"failed unexpectedly","origin":"un\w+","error":\{.*"message":"lost","stack":/,
    );
  }
});

test('what was waiting on the signal may reject with its reason', async () => {
  for (const wait of [`signal.throwIfAborted();`, `throw new Error('aborted', { cause: signal.reason });`]) {
    await using running = start(`console.log('up'); await aborted; ${wait}`);
    await running.printed(/up/);
    running.child.kill('SIGTERM');
    assert.equal(await running.exitCode(), 0, running.stderr + running.stdout);
  }
});

test('a failure while stopping is not taken for a clean stop', async () => {
  await using running = start(
    `console.log('up'); await aborted; throw Object.assign(new Error('Offsets were not committed.'), { code: 'COMMIT_FAILED' });`,
  );
  await running.printed(/up/);
  running.child.kill('SIGTERM');
  assert.equal(await running.exitCode(), 1);
  assert.equal(running.stderr, 'greeter: Offsets were not committed. (COMMIT_FAILED)\n');
});

test('an app that returns but leaves something open is ended, and the log says what is open', async () => {
  await using running = start(`setInterval(() => undefined, 1000);`);
  assert.equal(await running.exitCode(), 0);
  assert.match(running.stdout, /"message":"ending although something is still open","open":\[.*"Timeout"/);
});

test('settings that are not usable are all listed, secrets redacted, with code 2', async () => {
  await using running = start('', {
    args: ['--prot', '1', '--log-level=loud'],
    env: { GREETER_PORT: 'http', GREETER_PASSWORD: 'hush' },
  });
  assert.equal(await running.exitCode(), 2);
  assert.equal(
    running.stderr,
    [
      'greeter: 3 settings are not usable:',
      'greeter:   --prot is not an option: did you mean --port?',
      'greeter:   GREETER_PORT is "http"; allowed: a port from 0 to 65535 (0: any free one)',
      'greeter:   --log-level is "loud"; allowed: one of debug, info, warn, error',
      'greeter: Run with --help for all settings.',
      '',
    ].join('\n'),
  );
});

test('--help prints the settings and --version the version, without running the app', async () => {
  await using help = start(`console.log('ran');`, { args: ['--port=nonsense', '--help'] });
  assert.equal(await help.exitCode(), 0);
  assert.match(
    help.stdout,
    /^Greets whoever asks\.\n\nUsage: greeter \[options\]\n[^]*--port <port> +port to greet on \(default 8080; or GREETER_PORT\)/,
  );
  assert.match(
    help.stdout,
    /--log-level <debug\|info\|warn\|error>[^]*--drain-timeout <duration>[^]*GREETER_PASSWORD +password/,
  );
  assert.doesNotMatch(help.stdout, /^ran/m);
  await using version = start(`console.log('ran');`, { args: ['--version'] });
  assert.equal(await version.exitCode(), 0);
  assert.equal(version.stdout, 'greeter 1.2.3\n');
});

test('logs at the asked level and in the asked format', async () => {
  const body = `logger.debug('fine'); logger.info('said', { password: 'hush' });`;
  await using json = start(body);
  assert.equal(await json.exitCode(), 0);
  assert.match(json.stdout, /^\{"@timestamp":"[^"]+","level":"info","message":"said","password":"\[redacted\]"\}\n$/);
  await using text = start(body, { env: { LOG_LEVEL: 'debug', LOG_FORMAT: 'text' } });
  assert.equal(await text.exitCode(), 0);
  assert.match(text.stdout, /^[\d:.]+ DEBUG fine\n[\d:.]+ INFO {2}said password="\[redacted\]"\n$/);
});

test('begins to stop when nobody reads its output any more', async () => {
  await using running = start(`console.log('up'); setInterval(() => logger.info('tick'), 10); await aborted;
    await new Promise((resolve) => setTimeout(resolve, 20));`);
  await running.printed(/up/);
  running.child.stdout?.destroy();
  assert.equal(await running.exitCode(), 0, running.stderr);
});
