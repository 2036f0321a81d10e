import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifestText } from './manifest-document.ts';

function locate(text: string, path: readonly (string | number)[], index = 0): string {
  const parsed = parseManifestText(text);
  assert.ok(parsed.ok);
  const { line, column } = parsed.documents[index]?.locate(path) ?? { line: 0, column: 0 };
  return `${line}:${column}`;
}

test('a path is located at its name, in lists at the item, in any document of the file', () => {
  const text = 'a: 1\n---\n# comment\nspec:\n  filters:\n    - exact:\n        type: x\n    - {prefix: {type: y}}\n';
  assert.equal(locate(text, ['spec', 'filters', 0, 'exact', 'type'], 1), '7:9');
  assert.equal(locate(text, ['spec', 'filters', 1, 'prefix', 'type'], 1), '8:17');
  assert.equal(locate(text, ['spec', 'filters', 1], 1), '8:7');
  assert.equal(locate(text, [], 1), '4:1');
});

test('a path to what is missing is located at what is around it', () => {
  assert.equal(locate('metadata:\n  name: a\nspec:\n  broker: b\n', ['spec', 'subscriber']), '3:1');
});

test('names with dots, and values behind aliases and merges, are located', () => {
  const text = 'x: &x\n  a.b/c: 1\ny: *x\nz:\n  <<: *x\n';
  assert.equal(locate(text, ['x', 'a.b/c']), '2:3');
  assert.equal(locate(text, ['y', 'a.b/c']), '2:3');
  const parsed = parseManifestText(text);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.documents[0]?.value, { x: { 'a.b/c': 1 }, y: { 'a.b/c': 1 }, z: { 'a.b/c': 1 } });
});

test('documents without content are left out', () => {
  const parsed = parseManifestText('---\n# nothing\n---\na: 1\n---\n');
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.documents.map(({ value }) => value),
    [{ a: 1 }],
  );
  assert.ok(parseManifestText('').ok);
});

const broken: readonly (readonly [name: string, text: string, place: string, expected: RegExp])[] = [
  ['a tab for indentation', 'a:\n\tb: 1\n', '2:1', /spaces/],
  ['a quote that is not closed', 'a: 1\nb: "x\n', '3:1', /closes/],
  ['a name twice', 'a: 1\nb: 2\na: 3\n', '3:1', /once/],
  ['a colon in plain text', 'a: b: c\n', '1:4', /quotes/],
  ['an alias without an anchor', 'a: *none\n', '1:4', /anchor/],
  [
    'aliases that multiply',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index] ?? ''}, `.repeat(9)}]`)
      .join('\n')}\n`,
    '1:1',
    /aliases/,
  ],
];
for (const [name, text, place, expected] of broken) {
  test(`${name} is named with its place and what is expected`, () => {
    const parsed = parseManifestText(text);
    assert.ok(!parsed.ok);
    const [problem] = parsed.problems;
    assert.ok(problem);
    assert.equal(`${problem.line}:${problem.column}`, place);
    assert.match(problem.expected, expected);
    assert.ok(parsed.problems.length <= 5);
  });
}

const lines = [
  'apiVersion: eventing.knative.dev/v1',
  'kind: Trigger',
  'metadata:',
  '  name: a',
  'spec:',
  '  broker: b',
  '  subscriber:',
  '    uri: x',
  '  filters:',
  '    - exact:',
  '        type: y',
  '    - prefix:',
  '        type: z',
];
const indented: readonly (readonly [line: number, content: string, at: string, other: number])[] = [
  [2, ' kind: Trigger', '2:2', 1],
  [4, '  name: a\n   namespace: q', '5:4', 4],
  [4, '  name: a\n namespace: q', '5:2', 4],
  [5, ' spec:', '5:2', 4],
  [6, '   broker: b', '7:3', 6],
  [7, '   subscriber:', '7:4', 6],
  [7, ' subscriber:', '7:2', 6],
  [8, ' uri: x', '8:2', 7],
  [12, '     - prefix:', '12:6', 10],
  [12, '   - prefix:', '12:4', 10],
  [13, '     type: z', '13:6', 12],
];
for (const [line, content, at, other] of indented) {
  test(`a wrong indentation is one problem that names the line and the one beside it: ${JSON.stringify(content)}`, () => {
    const parsed = parseManifestText(`${lines.with(line - 1, content).join('\n')}\n`);
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map((problem) => `${problem.line}:${problem.column}`),
      [at],
    );
    const message = parsed.problems[0]?.message ?? '';
    assert.match(message, new RegExp(`^line ${at.split(':')[0] ?? ''} is indented .*line ${other} `));
  });
}

test('what is not a mistake of indentation keeps its own words, once for each place', () => {
  const parsed = parseManifestText('text: |\n  deep: 1\n    deeper: 1\na: b: c\n');
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ line, message }) => [line, message.startsWith('line ')]),
    [[4, false]],
  );
});
