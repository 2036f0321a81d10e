import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLogger, silentLogger, type Logger, type LoggerOptions } from './logger.ts';

interface Captured {
  readonly log: Logger;
  readonly lines: string[];
}

const noon = new Date(2026, 0, 2, 12, 0, 0, 7);

function captured(options: Partial<LoggerOptions> = {}): Captured {
  const lines: string[] = [];
  const log = createLogger({
    level: 'debug',
    format: 'json',
    write: (line) => lines.push(line),
    now: () => noon,
    ...options,
  });
  return { log, lines };
}

/** The fields of the only line. */
function fieldsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { log, lines } = captured();
  log.info('said', fields);
  const {
    '@timestamp': _time,
    level: _level,
    message: _message,
    ...rest
  } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  return rest;
}

class EggError extends Error {
  override readonly name = 'EggError';
  readonly code = 'EGG_BROKEN';
  readonly topic = 'eggs';
  readonly saslPassword = 'hush';
}

test('writes one JSON object and a line feed per line', () => {
  const { log, lines } = captured();
  log.warn('egress paused', { egressUid: '5f', lag: 12, generation: 3n, paused: true, since: new Date(0) });
  assert.deepEqual(lines, [
    `{"@timestamp":"${noon.toISOString()}","level":"warn","message":"egress paused","egressUid":"5f","lag":12,"generation":"3","paused":true,"since":"1970-01-01T00:00:00.000Z"}\n`,
  ]);
});

test('writes nothing below its level and says which levels it writes', () => {
  const { log, lines } = captured({ level: 'warn' });
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { message: string }).message),
    ['c', 'd'],
  );
  assert.deepEqual(
    (['debug', 'info', 'warn', 'error'] as const).map((level) => log.isEnabled(level)),
    [false, false, true, true],
  );
});

test('a child adds its fields and a line wins over them', () => {
  const { log, lines } = captured({ fields: { app: 'x', password: 'hush' } });
  log.child({ topic: 'a', partition: 1 }).child({ partition: 2 }).info('said', { topic: 'b' });
  assert.match(lines[0] ?? '', /"message":"said","app":"x","password":"\[redacted\]","topic":"b","partition":2\}\n$/);
});

test('a field cannot take the place of level, message or time', () => {
  const { log, lines } = captured();
  log.info('said', { level: 'error', message: 'other', '@timestamp': 'never' });
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(line['level'], 'info');
  assert.equal(line['message'], 'said');
  assert.deepEqual([line['_level'], line['_message'], line['_@timestamp']], ['error', 'other', 'never']);
});

test('an error shows its name, code, own fields and causes; secrets stay out', () => {
  const { error } = fieldsOf({ error: new EggError('broke', { cause: new EggError('fell from http://a:b@c') }) });
  assert.deepEqual(error, {
    name: 'EggError',
    code: 'EGG_BROKEN',
    message: 'broke',
    topic: 'eggs',
    saslPassword: '[redacted]',
    cause: {
      name: 'EggError',
      code: 'EGG_BROKEN',
      message: 'fell from http://a:[redacted]@c',
      topic: 'eggs',
      saslPassword: '[redacted]',
    },
  });
});

test('an error nobody foresaw shows its stack, and so do those within it', () => {
  const { error } = fieldsOf({ error: new AggregateError([new TypeError('a'), 'b'], 'both') }) as {
    error: { name: string; stack: string; errors: [{ name: string; stack: string }, string] };
  };
  assert.match(error.stack, /AggregateError: both[^]* at /);
  assert.match(error.errors[0].stack, /TypeError: a[^]* at /);
  assert.equal(error.errors[1], 'b');
});

test('an error with a code that is a number, as those of gRPC have, shows no stack', () => {
  const status = Object.assign(new Error('14 UNAVAILABLE: gone'), { code: 14 });
  const { error } = fieldsOf({ error: new EggError('broke', { cause: status }) }) as { error: { cause: unknown } };
  assert.deepEqual(error.cause, { name: 'Error', code: 14, message: '14 UNAVAILABLE: gone' });
  const { cloned } = fieldsOf({ cloned: new DOMException('no', 'DataCloneError') }) as { cloned: { stack?: unknown } };
  assert.equal(typeof cloned.stack, 'string');
});

test('cycles, throwing getters, proxies and odd values become short notes', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle['self'] = circle;
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const fields = fieldsOf({
    circle,
    hostile,
    getter: {
      get bad(): never {
        throw new Error('no');
      },
      good: 1,
    },
    json: { toJSON: () => ({ plain: true }) },
    map: new Map<unknown, unknown>([
      ['a', 1],
      [{}, 2],
      ['password', 'hush'],
    ]),
    set: new Set([1, 1]),
    bytes: Buffer.from('event data'),
    notANumber: Number.NaN,
    absent: undefined,
    nothing: null,
    call: () => 1,
    symbol: Symbol('s'),
    url: new URL('http://a:hush@b/c'),
    __proto__x: 1,
  });
  assert.deepEqual(fields, {
    circle: { name: 'circle', self: '[circular]' },
    hostile: {},
    getter: { bad: '[unreadable]', good: 1 },
    json: { plain: true },
    map: { a: 1, '[key 1]': 2, password: '[redacted]' },
    set: [1],
    bytes: '[10 bytes]',
    notANumber: 'NaN',
    nothing: null,
    call: '[function]',
    symbol: 'Symbol(s)',
    url: 'http://a:[redacted]@b/c',
    __proto__x: 1,
  });
});

test('the same object twice is no cycle', () => {
  const shared = { a: 1 };
  assert.deepEqual(fieldsOf({ one: shared, two: shared }), { one: { a: 1 }, two: { a: 1 } });
});

test('a chain of causes that bites its own tail ends', () => {
  const error = new EggError('broke');
  error.cause = error;
  const shown = fieldsOf({ error })['error'] as Record<string, unknown>;
  assert.equal(shown['cause'], '[circular]');
});

test('huge values make a bounded line', () => {
  const { log, lines } = captured();
  let deep: unknown = 'bottom';
  for (let level = 0; level < 10_000; level += 1) deep = { deep };
  log.info('x'.repeat(1_000_000), {
    text: 'y'.repeat(1_000_000),
    list: Array.from({ length: 100_000 }, (_, index) => ({ index })),
    object: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, index])),
    deep,
    ['n'.repeat(100_000)]: 1,
    texts: Array.from({ length: 100 }, () => 'z'.repeat(10_000)),
  });
  assert.ok((lines[0] ?? '').length < 200_000, String(lines[0]?.length));
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.match(line['text'] as string, /^y{4096}… \[1000000 characters\]$/);
  assert.equal((line['list'] as unknown[]).at(-1), '[99900 more]');
});

test('whatever a line is given, it is one line of JSON or printable text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.dictionary(
        fc.string(),
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withNullPrototype: true,
          withTypedArray: true,
        }),
      ),
      (message, fields) => {
        const json = captured();
        json.log.info(message, fields);
        assert.equal(json.lines.length, 1);
        assert.doesNotThrow(() => JSON.parse(json.lines[0] ?? ''));
        assert.equal(json.lines[0]?.indexOf('\n'), (json.lines[0]?.length ?? 0) - 1);
        const text = captured({ format: 'text' });
        text.log.info(message, fields);
        assert.doesNotMatch(text.lines[0] ?? '', /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
      },
    ),
  );
});

test('the text format shows fields on the line and errors below it', () => {
  const { log, lines } = captured({ format: 'text' });
  const error = new EggError('broke', { cause: new Error('fell\u001b[2J') });
  error.cause = Object.assign(error.cause as Error, { stack: 'Error: fell\n    at nest (tree.ts:1:2)' });
  log.error('no breakfast', { egressUid: '5f', note: 'two words', list: [1, 2], error });
  assert.equal(
    lines[0],
    [
      '12:00:00.007 ERROR no breakfast egressUid=5f note="two words" list=[1,2]',
      '    error: EggError [EGG_BROKEN]: broke',
      '      topic=eggs',
      '      saslPassword="[redacted]"',
      '      cause: Error: fell\\u001b[2J',
      '          at nest (tree.ts:1:2)',
      '',
    ].join('\n'),
  );
});

test('colours are put around level, time and names, and nothing else', () => {
  const { log, lines } = captured({ format: 'text', colors: true });
  log.info('said', { a: 'b' });
  assert.equal(lines[0], '\u001b[90m12:00:00.007\u001b[0m \u001b[36mINFO \u001b[0m said \u001b[90ma=\u001b[0mb\n');
});

test('the silent logger writes nothing, nor do its children', () => {
  assert.equal(silentLogger.isEnabled('error'), false);
  assert.equal(silentLogger.child({ a: 1 }).isEnabled('error'), false);
  silentLogger.error('nobody hears this');
});
