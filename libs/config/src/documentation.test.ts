import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText, settingsTable } from './documentation.ts';
import { defineSettings } from './schema.ts';

const schema = defineSettings({
  port: { description: 'where it listens', env: 'PORT', flag: 'port', kind: 'port', default: 8080 },
  mode: { description: 'fast | safe', env: 'MODE', flag: 'mode', kind: 'choice', choices: ['fast', 'safe'] },
  cache: { description: 'keep answers', env: 'CACHE', flag: 'cache', kind: 'boolean', default: true },
  timeoutMs: {
    description: 'how long',
    env: 'TIMEOUT',
    flag: 'timeout',
    kind: 'durationMs',
    default: 30_000,
    max: 60_000,
  },
  prefix: { description: 'in front', env: 'PREFIX', kind: 'text', default: '' },
  password: { description: 'of the user', env: 'PASSWORD', kind: 'secret', default: 'hush' },
});

test('the help has every setting with its flag, variable and default, and no secret', () => {
  assert.equal(
    helpText(schema, { usage: 'it [options]', summary: 'It does it.' }),
    [
      'It does it.',
      '',
      'Usage: it [options]',
      '',
      'Options:',
      '  --port <port>         where it listens (default 8080; or PORT)',
      '  --mode <fast|safe>    fast | safe (required; or MODE)',
      '  --no-cache            keep answers (default true; or CACHE)',
      '  --timeout <duration>  how long (default 30s; or TIMEOUT)',
      '  --help                print this and exit',
      '  --version             print the version and exit',
      '',
      'Set by environment variable alone:',
      '  PREFIX    in front',
      '  PASSWORD  of the user',
      '',
    ].join('\n'),
  );
});

test('the table has a row per setting, in Markdown', () => {
  assert.equal(
    settingsTable(schema),
    [
      '| Variable | Flag | Allowed | Default | Meaning |',
      '| --- | --- | --- | --- | --- |',
      '| `PORT` | `--port` | a port from 0 to 65535 (0: any free one) | `8080` | where it listens |',
      '| `MODE` | `--mode` | one of fast, safe | **required** | fast \\| safe |',
      '| `CACHE` | `--cache` | true or false | `true` | keep answers |',
      '| `TIMEOUT` | `--timeout` | a duration such as 500ms, 30s or 2m, at most 1m | `30s` | how long |',
      '| `PREFIX` |  | text | (empty) | in front |',
      '| `PASSWORD` |  | text, never shown | (not shown) | of the user |',
    ].join('\n'),
  );
});

test('long descriptions are wrapped under themselves', () => {
  const long = defineSettings({
    a: {
      description: 'word '.repeat(40).trim(),
      env: 'A',
      flag: 'a-very-long-flag-name-that-takes-a-line',
      kind: 'integer',
      default: 1,
    },
  });
  const lines = helpText(long, { usage: '', summary: '' }).split('\n');
  assert.ok(
    lines.every((line) => line.length <= 110),
    lines.join('\n'),
  );
});
