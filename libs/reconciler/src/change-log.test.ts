import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceKey, SourceProblem } from '@eventing-kafka/resources';
import { MemorySource } from '@eventing-kafka/resources';
import { ChangeLog } from './change-log.ts';
import { transitionText } from './status/transition.ts';

const key = (name: string): ResourceKey => ({ kind: 'Broker', namespace: 'default', name });
const error = (message: string, more: Partial<SourceProblem> = {}): SourceProblem => ({
  severity: 'error',
  message,
  expected: '',
  ...more,
});

/** What is told while a source has these problems, one set after another. */
function told(...turns: readonly (readonly SourceProblem[])[]): readonly (readonly string[])[] {
  let problems: readonly SourceProblem[] = [];
  class Source extends MemorySource {
    override problems(): readonly SourceProblem[] {
      return problems;
    }
  }
  let lines: string[] = [];
  const log = new ChangeLog(new Source(), (transition) => lines.push(transitionText(transition)));
  return turns.map((turn) => {
    lines = [];
    problems = turn;
    log.readProblems();
    return lines;
  });
}

const [a, b] = [
  { file: 'a.yaml', key: key('a') },
  { file: 'b.yaml', key: key('b') },
];

test('a problem that goes is solved, once', () => {
  assert.deepEqual(told([error('x', a), error('y', b)], [error('y', b)], []), [
    ['refused a.yaml: Broker default/a: x', 'refused b.yaml: Broker default/b: y'],
    ['solved a.yaml: Broker default/a: x'],
    ['solved b.yaml: Broker default/b: y'],
  ]);
});

test('an error in place of another of the same object or file solves nothing', () => {
  assert.deepEqual(
    told([error('x', a)], [error('y', a)], [error('no YAML', { file: 'a.yaml' })], [error('z', a)], []),
    [
      ['refused a.yaml: Broker default/a: x'],
      ['refused a.yaml: Broker default/a: y'],
      ['refused a.yaml: no YAML'],
      ['refused a.yaml: Broker default/a: z'],
      ['solved a.yaml: Broker default/a: z'],
    ],
  );
});

test('another object of the file, and a warning that stays, are no reason to keep silent', () => {
  const warning = { ...error('w', a), severity: 'warning' as const };
  const other = error('y', { file: 'a.yaml', key: key('other') });
  assert.deepEqual(told([error('x', a), warning, other], [warning, other])[1], ['solved a.yaml: Broker default/a: x']);
});
