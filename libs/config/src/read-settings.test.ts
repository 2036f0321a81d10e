import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, isConfigError } from './config-error.ts';
import { readSettings } from './read-settings.ts';
import { combineSettings, defineSettings, type Setting, type SettingsSchema } from './schema.ts';

const schema = defineSettings({
  port: { description: 'port', env: 'PORT', flag: 'port', kind: 'port', default: 8080 },
  kafka: {
    description: 'brokers',
    env: 'KAFKA',
    flag: 'kafka',
    kind: 'text',
    pattern: /[\w.]+:\d+/,
    allowed: 'host:port',
  },
  mode: { description: 'mode', env: 'MODE', flag: 'mode', kind: 'choice', choices: ['fast', 'Safe'], default: 'fast' },
  password: { description: 'password', env: 'PASSWORD', kind: 'secret', optional: true },
  verbose: { description: 'verbose', env: 'VERBOSE', flag: 'verbose', kind: 'boolean', default: false },
  timeoutMs: {
    description: 'timeout',
    env: 'TIMEOUT',
    flag: 'timeout',
    kind: 'durationMs',
    default: 30_000,
    min: 1000,
  },
  maxBodyBytes: { description: 'size', env: 'MAX_BODY', flag: 'max-body', kind: 'bytes', default: 1024 },
  retries: { description: 'retries', env: 'RETRIES', flag: 'retries', kind: 'integer', default: 3, min: 0, max: 10 },
  ratio: { description: 'ratio', env: 'RATIO', flag: 'ratio', kind: 'number', default: 0.5, min: 0, max: 1 },
  topics: { description: 'topics', env: 'TOPICS', flag: 'topic', kind: 'list', default: [] },
});

/** The messages of the problems. */
function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.ok(isConfigError(error), String(error));
    return error.problems.map(({ message }) => message);
  }
  return assert.fail('no ConfigError');
}

/** What one setting makes of one text. */
function valueOf(setting: Partial<Setting>, text: string): unknown {
  const one: SettingsSchema = { value: { ...setting, description: '', env: 'VALUE' } as Setting };
  return readSettings(one, { env: { VALUE: text } })['value'];
}

test('takes flags before environment before defaults, as one typed frozen object', () => {
  const settings = readSettings(schema, {
    env: { PORT: '1', KAFKA: 'a:1', MODE: 'SAFE' },
    args: ['--port', '0', '--timeout=1m30s'],
  });
  const typed: {
    port: number;
    kafka: string;
    mode: 'fast' | 'Safe';
    password: string | undefined;
    verbose: boolean;
    topics: readonly string[];
  } = settings;
  assert.deepEqual(typed, {
    port: 0,
    kafka: 'a:1',
    mode: 'Safe',
    password: undefined,
    verbose: false,
    timeoutMs: 90_000,
    maxBodyBytes: 1024,
    retries: 3,
    ratio: 0.5,
    topics: [],
  });
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.topics));
});

test('an empty or blank variable counts as unset, an empty flag as a value', () => {
  const prefix = defineSettings({
    prefix: { description: '', env: 'PREFIX', flag: 'prefix', kind: 'text', default: 'knative' },
  });
  assert.equal(readSettings(prefix, { env: { PREFIX: '' } }).prefix, 'knative');
  assert.equal(readSettings(prefix, { env: { PREFIX: ' \n' } }).prefix, 'knative');
  assert.equal(readSettings(prefix, { env: { PREFIX: 'x' }, args: ['--prefix='] }).prefix, '');
});

test('a value of 0 or false is kept where the default is another', () => {
  const settings = readSettings(schema, { env: { KAFKA: 'a:1', RETRIES: '0', RATIO: '0', VERBOSE: 'false' } });
  assert.deepEqual([settings.retries, settings.ratio, settings.verbose], [0, 0, false]);
});

test('booleans are flags that stand alone or take a value after an equals sign', () => {
  const read = (...args: string[]): boolean =>
    readSettings(schema, { env: { KAFKA: 'a:1', VERBOSE: 'yes' }, args }).verbose;
  assert.equal(read(), true);
  assert.equal(read('--no-verbose'), false);
  assert.equal(read('--no-verbose', '--verbose'), true);
  assert.equal(read('--verbose=off'), false);
  assert.deepEqual(
    problemsOf(() => read('--verbose', 'false')),
    ['false is not an option: options begin with two dashes'],
  );
});

test('a flag given twice: the last wins, lists add up', () => {
  const args = ['--port=1', '--port=2', '--topic', 'a,b', '--topic=c'];
  const settings = readSettings(schema, { env: { KAFKA: 'a:1', TOPICS: 'x' }, args });
  assert.equal(settings.port, 2);
  assert.deepEqual(settings.topics, ['a', 'b', 'c']);
});

test('every problem is listed at once, with where, what was found and what is allowed', () => {
  const env = {
    PORT: '70000',
    MODE: 'slow',
    TIMEOUT: '1ms',
    MAX_BODY: '1 pound',
    RETRIES: '1.5',
    RATIO: 'NaN',
    VERBOSE: 'perhaps',
  };
  assert.deepEqual(
    problemsOf(() => readSettings(schema, { env, args: ['--retries', '11'] })),
    [
      'PORT is "70000"; allowed: a port from 0 to 65535 (0: any free one)',
      '--kafka or KAFKA is required: host:port (brokers)',
      'MODE is "slow"; allowed: one of fast, Safe',
      'VERBOSE is "perhaps"; allowed: true or false',
      'TIMEOUT is "1ms"; allowed: a duration such as 500ms, 30s or 2m, at least 1s',
      'MAX_BODY is "1 pound"; allowed: a size such as 65536, 64KiB or 1MiB',
      '--retries is "11"; allowed: a whole number from 0 to 10',
      'RATIO is "NaN"; allowed: a number from 0 to 1',
    ],
  );
});

test('a problem carries its parts for programs', () => {
  assert.throws(
    () => readSettings(schema, { env: { KAFKA: 'a:1', PORT: 'x' } }),
    (error: ConfigError) => {
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.deepEqual(error.problems[0], {
        setting: 'port',
        source: 'PORT',
        found: '"x"',
        allowed: 'a port from 0 to 65535 (0: any free one)',
        message: 'PORT is "x"; allowed: a port from 0 to 65535 (0: any free one)',
      });
      assert.equal(
        error.message,
        'One setting is not usable:\n  PORT is "x"; allowed: a port from 0 to 65535 (0: any free one)',
      );
      return true;
    },
  );
});

test('unknown arguments are problems, with the nearest flag', () => {
  const read = (...args: string[]): readonly string[] =>
    problemsOf(() => readSettings(schema, { env: { KAFKA: 'a:1' }, args }));
  assert.deepEqual(read('--prot', '1'), ['--prot is not an option: did you mean --port?']);
  assert.deepEqual(read('--retires=1'), ['--retires is not an option: did you mean --retries?']);
  assert.deepEqual(read('--something-else'), ['--something-else is not an option: --help lists the options']);
  assert.deepEqual(read('-p'), ['-p is not an option: options begin with two dashes']);
  assert.deepEqual(read('--no-port'), ['--no-port is not an option: did you mean --port?']);
  assert.deepEqual(read('--port', '--verbose'), ['--port needs a value: --port <port>']);
  assert.deepEqual(read('--kafka'), ['--kafka needs a value: --kafka <text>']);
  assert.deepEqual(read('--no-verbose=true'), [
    '--no-verbose=… is not an option: write --no-verbose or --verbose=<true|false>',
  ]);
});

test('secrets are never told, nor passwords within URLs, nor long unknown arguments', () => {
  const secret = defineSettings({
    password: { description: '', env: 'PASSWORD', kind: 'secret' },
    url: { description: '', env: 'URL', flag: 'url', kind: 'text', pattern: /https:.*/ },
  });
  const problems = problemsOf(() =>
    readSettings(secret, { env: { URL: 'http://me:hush@host' }, args: [`--${'x'.repeat(40)}hush-hush-hush`] }),
  );
  assert.deepEqual(
    problems.filter((message) => message.includes('hush')),
    [],
  );
  assert.equal(problems.length, 3);
});

test('a secret keeps its white space, other texts lose it', () => {
  assert.equal(valueOf({ kind: 'secret' }, ' hush '), ' hush ');
  assert.equal(valueOf({ kind: 'text' }, ' text\n'), 'text');
});

test('rules between settings are asked once every setting is valid', () => {
  const rules = defineSettings(
    {
      heartbeatMs: { description: '', env: 'HEARTBEAT', kind: 'durationMs', default: 3000 },
      sessionMs: { description: '', env: 'SESSION', kind: 'durationMs', default: 10_000 },
    },
    [
      ({ heartbeatMs, sessionMs }) =>
        heartbeatMs < sessionMs ? undefined : `HEARTBEAT (${heartbeatMs} ms) must be below SESSION (${sessionMs} ms)`,
    ],
  );
  assert.equal(readSettings(rules, { env: {} }).heartbeatMs, 3000);
  assert.deepEqual(
    problemsOf(() => readSettings(rules, { env: { HEARTBEAT: '10s' } })),
    ['HEARTBEAT (10000 ms) must be below SESSION (10000 ms)'],
  );
  assert.equal(problemsOf(() => readSettings(rules, { env: { HEARTBEAT: '10s', SESSION: 'x' } })).length, 1);
  const combined = combineSettings(schema, rules);
  assert.match(
    problemsOf(() => readSettings(combined, { env: { HEARTBEAT: '10s', KAFKA: 'a:1' } })).join(),
    /HEARTBEAT/,
  );
});

test('combined schemas keep their order and the rules of every one', () => {
  const settingsNamed = <const Name extends string>(name: Name) =>
    defineSettings({ [name]: { description: '', env: name, kind: 'integer', default: 0 } } as const, [
      (settings) => (Object.hasOwn(settings, name) ? `rule of ${name}` : undefined),
    ]);
  const combined = combineSettings(settingsNamed('c'), settingsNamed('a'), settingsNamed('b'));
  assert.deepEqual(Object.keys(combined), ['c', 'a', 'b']);
  assert.deepEqual(
    problemsOf(() => readSettings(combined, { env: {} })),
    ['rule of c', 'rule of a', 'rule of b'],
  );
});

test('a schema that contradicts itself is a mistake of the program', () => {
  const port = { description: '', env: 'PORT', kind: 'port', default: 1 } as const;
  assert.throws(() => defineSettings({ a: port, b: port }), {
    name: 'TypeError',
    message: 'a and b both use PORT; rename one.',
  });
  assert.throws(() => defineSettings({ a: { ...port, flag: '--port' } }), TypeError);
  assert.throws(() => combineSettings(schema, { port: { ...port, env: 'OTHER' } }), TypeError);
  assert.throws(() => combineSettings(schema, { other: port }), TypeError);
});

test('flags and variables named like members of every object are ordinary', () => {
  assert.deepEqual(
    problemsOf(() => readSettings(schema, { env: { KAFKA: 'a:1' }, args: ['--constructor', '--__proto__=1'] })).length,
    2,
  );
});

for (const [kind, text, expected] of [
  ['integer', '-5', -5],
  ['integer', '+5', 5],
  ['integer', '9007199254740993', undefined],
  ['integer', '0x10', undefined],
  ['number', '1e3', 1000],
  ['number', '.5', 0.5],
  ['number', 'Infinity', undefined],
  ['port', '65536', undefined],
  ['port', '-1', undefined],
  ['boolean', 'ON', true],
  ['boolean', '2', undefined],
  ['durationMs', '250', 250],
  ['durationMs', '500ms', 500],
  ['durationMs', '1h', 3_600_000],
  ['durationMs', '1m30s', 90_000],
  ['durationMs', '0.5s', 500],
  ['durationMs', '2 m', undefined],
  ['durationMs', '-1s', undefined],
  ['durationMs', 'PT2S', undefined],
  ['bytes', '1MiB', 1_048_576],
  ['bytes', '64 kib', 65_536],
  ['bytes', '1.5KB', 1500],
  ['bytes', '10B', 10],
  ['bytes', '0.3B', undefined],
  ['bytes', '1Mi', undefined],
] as const) {
  test(`${kind} reads ${text} as ${String(expected)}`, () => {
    if (expected === undefined) assert.throws(() => valueOf({ kind }, text), ConfigError);
    else assert.equal(valueOf({ kind }, text), expected);
  });
}

test('a pattern must match the whole text', () => {
  assert.throws(() => valueOf({ kind: 'text', pattern: /a|b/ }, 'ab'), ConfigError);
  assert.equal(valueOf({ kind: 'text', pattern: /a|b/g }, 'b'), 'b');
});

test('a list may ask for a number of items', () => {
  assert.deepEqual(valueOf({ kind: 'list', minItems: 1 }, ' a, ,b '), ['a', 'b']);
  assert.throws(() => valueOf({ kind: 'list', minItems: 1 }, ','), /at least 1/);
});
