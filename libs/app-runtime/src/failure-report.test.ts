import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@eventing-kafka/config';
import { failureReport } from './failure-report.ts';

const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code });

test('each of several expected errors gets its line, told once', () => {
  const folder = coded('Cannot read /etc/x.', 'MANIFESTS_UNREADABLE');
  const port = coded('METRICS_PORT_IN_USE: port 9090 is in use.', 'METRICS_PORT_IN_USE');
  const error = new SuppressedError(port, new AggregateError([folder, port]));
  assert.deepEqual(failureReport('receiver', error), {
    kind: 'expected',
    exitCode: 1,
    lines: [
      'receiver: Cannot read /etc/x. (MANIFESTS_UNREADABLE)',
      'receiver: METRICS_PORT_IN_USE: port 9090 is in use.',
    ],
  });
});

test('bad settings end with 2 also beside another error', () => {
  const report = failureReport('receiver', new AggregateError([new ConfigError([]), coded('x', 'Y')]));
  assert.equal(report.exitCode, 2);
});

for (const [name, error] of [
  ['no code', new Error('x')],
  ["a code of node's for wrong arguments", coded('x', 'ERR_INVALID_ARG_TYPE')],
  ['a number as code', Object.assign(new Error('x'), { code: 20 })],
  ['no error at all', 'x'],
  ['one unexpected error among expected ones', new AggregateError([coded('x', 'Y'), new Error('z')])],
] as const) {
  test(`${name} is unexpected`, () => {
    assert.deepEqual(failureReport('receiver', error), { kind: 'unexpected', exitCode: 70 });
  });
}

test('an error of the system is expected', () => {
  const report = failureReport('receiver', coded('listen EACCES', 'EACCES'));
  assert.deepEqual(report, { kind: 'expected', exitCode: 1, lines: ['receiver: listen EACCES'] });
});
