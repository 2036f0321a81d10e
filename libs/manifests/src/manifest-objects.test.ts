import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyText, problemText } from '@eventing-kafka/resources';
import { noObjects, readFileObjects } from './file-objects.ts';
import type { FileObjects } from './file-objects.ts';
import { ManifestObjects } from './manifest-objects.ts';

const broker = (name: string, more = ''): string =>
  `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: ${name}${more}}\n`;

function update(
  objects: ManifestObjects,
  files: Readonly<Record<string, string>>,
): { changed: string[]; problems: string[] } {
  const contents = new Map<string, FileObjects>(
    Object.entries(files).map(([file, text]) => [file, readFileObjects(file, text, noObjects)]),
  );
  const { changed, problems } = objects.update(contents);
  return { changed: changed.map(keyText), problems: problems.map(problemText) };
}

test('what appears, changes and goes away is told once, by key', () => {
  const objects = new ManifestObjects();
  assert.deepEqual(update(objects, { 'a.yaml': broker('one') }).changed, ['Broker default/one']);
  assert.deepEqual(update(objects, { 'a.yaml': broker('one') }).changed, []);
  assert.deepEqual(update(objects, { 'a.yaml': broker('one', ', labels: {x: "1"}') }).changed, ['Broker default/one']);
  assert.deepEqual(update(objects, {}).changed, ['Broker default/one']);
});

test('an object that only moves, or whose file is laid out anew, does not change', () => {
  const objects = new ManifestObjects();
  update(objects, { 'a.yaml': broker('one') });
  assert.deepEqual(update(objects, { 'b.yaml': `# moved\n---\n${broker('one')}` }).changed, []);
  assert.deepEqual(
    update(objects, {
      'b.yaml': '{kind: Broker, metadata: {namespace: default, name: one}, apiVersion: eventing.knative.dev/v1}',
    }).changed,
    [],
  );
});

test('a generation never comes twice, also not after the object was away', () => {
  const objects = new ManifestObjects();
  const generation = (): number | undefined => objects.get('Broker default/one')?.metadata.generation;
  const seen = [broker('one'), broker('one', ', labels: {x: "1"}'), '', broker('one')].map((text) => {
    update(objects, { 'a.yaml': text });
    return generation();
  });
  assert.deepEqual(seen, [1, 2, undefined, 3]);
});

test('a duplicate is refused with both places, and what is served stays', () => {
  const objects = new ManifestObjects();
  update(objects, { 'b.yaml': broker('one') });
  const { changed, problems } = update(objects, {
    'a.yaml': `# first line\n${broker('one')}`,
    'b.yaml': broker('one'),
  });
  assert.deepEqual(changed, []);
  assert.deepEqual(problems, [
    'a.yaml:2:1: Broker default/one: is already defined at b.yaml:1, which is the one that is served (expected one place for each object: rename or remove one of the two)',
  ]);
});

test('of two newcomers the first in the order of files and lines is served', () => {
  const objects = new ManifestObjects();
  const { problems } = update(objects, {
    'a.yaml': broker('one', ', labels: {from: a}'),
    'b.yaml': broker('one', ', labels: {from: b}'),
  });
  assert.equal(objects.get('Broker default/one')?.metadata.labels['from'], 'a');
  assert.equal(problems.length, 1);
  // What is served is taken away: the other one has its turn.
  assert.deepEqual(update(objects, { 'b.yaml': broker('one', ', labels: {from: b}') }), {
    changed: ['Broker default/one'],
    problems: [],
  });
});

test('two objects with one uid: the second is refused', () => {
  const objects = new ManifestObjects();
  const { problems } = update(objects, { 'a.yaml': `${broker('one', ', uid: u')}---\n${broker('two', ', uid: u')}` });
  assert.equal(objects.get('Broker default/two'), undefined);
  assert.match(
    problems[0] ?? '',
    /^a\.yaml:5:1: Broker default\/two: metadata\.uid: is the uid of Broker default\/one at a\.yaml:1/,
  );
});

test('a file that is no YAML keeps what it gave before, and says where it is broken', () => {
  const before = readFileObjects('a.yaml', broker('one'), noObjects);
  const after = readFileObjects('a.yaml', `${broker('one')}spec: {config: [}\n`, before);
  assert.equal(after.objects, before.objects);
  assert.match(
    after.problems.map(problemText)[0] ?? '',
    /^a\.yaml:4:\d+: .*; what this file said before goes on \(expected /,
  );
});

test('of a file with one refused object the others are taken, and the refused one stays as it was', () => {
  const before = readFileObjects(
    'a.yaml',
    `${broker('one', ', labels: {v: "1"}')}---\n${broker('two', ', labels: {v: "1"}')}`,
    noObjects,
  );
  const after = readFileObjects(
    'a.yaml',
    `${broker('one', ', labels: {v: "2"}')}---\n${broker('two', ', labels: {v: 2}')}`,
    before,
  );
  assert.deepEqual(
    after.objects.map(({ object }) => [object.metadata.name, object.metadata.labels['v']]),
    [
      ['one', '2'],
      ['two', '1'],
    ],
  );
  assert.deepEqual(after.problems.map(problemText), [
    'a.yaml:7:32: Broker default/two: metadata.labels.v: is the number 2 (expected text, in quotes)',
  ]);
});
