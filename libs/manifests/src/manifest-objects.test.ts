import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, keyText, problemText } from '@eventing-kafka/resources';
import { decodeText, noObjects, readFileObjects } from './file-objects.ts';
import type { FileObjects } from './file-objects.ts';
import { ManifestObjects } from './manifest-objects.ts';

const broker = (name: string, more = ''): string =>
  `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: ${name}${more}}\n`;

const keys = ({ objects }: FileObjects): readonly string[] => objects.map(({ object }) => keyText(keyOf(object)));

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
  assert.deepEqual(
    after.objects.map(({ object }) => object),
    before.objects.map(({ object }) => object),
  );
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

const good = `${broker('shop')}---\n${broker('other')}`;
const mistakes: readonly (readonly [name: string, text: string, problem: RegExp])[] = [
  [
    'a kind with a typing error',
    good.replace('kind: Broker', 'kind: Brokr'),
    /^a\.yaml:2:1: kind: "Brokr" .*; Broker default\/shop, defined here before, goes on \(/,
  ],
  ['no name', good.replace('name: shop', ''), /^a\.yaml:3:1: metadata\.name: is missing; Broker default\/shop, /],
  ['one word', 'apiVersion', /^a\.yaml:1:1: is not an object; Broker default\/shop, Broker default\/other, .* go on /],
  ['half of it', good.split('\n').slice(0, 2).join('\n'), /metadata: is missing; Broker default\/shop, /],
  ['a list', '- a\n', /is not an object; Broker default\/shop, /],
];
for (const [name, text, problem] of mistakes) {
  test(`a file with a document that cannot be read takes nothing away: ${name}`, () => {
    const before = readFileObjects('a.yaml', good, noObjects);
    const broken = readFileObjects('a.yaml', text, before);
    assert.deepEqual(keys(broken).toSorted(), ['Broker default/other', 'Broker default/shop']);
    assert.match(broken.problems.map(problemText)[0] ?? '', problem);
    // Still so after another save, and over once it is right.
    const again = readFileObjects('a.yaml', `# again\n${text}`, broken);
    assert.deepEqual(keys(again).toSorted(), ['Broker default/other', 'Broker default/shop']);
    assert.deepEqual(keys(readFileObjects('a.yaml', broker('other'), again)), ['Broker default/other']);
  });
}

test('a file without errors takes away what it no longer says', () => {
  const before = readFileObjects('a.yaml', good, noObjects);
  assert.deepEqual(keys(readFileObjects('a.yaml', broker('other'), before)), ['Broker default/other']);
  assert.deepEqual(keys(readFileObjects('a.yaml', '# all gone\n', before)), []);
});

/** Files one after another, as a reader of a folder does it. */
class Files {
  readonly objects = new ManifestObjects();
  #contents = new Map<string, FileObjects>();
  update(files: Readonly<Record<string, string>>): { changed: string[]; problems: string[] } {
    this.#contents = new Map(
      Object.entries(files).map(([file, text]) => [
        file,
        readFileObjects(file, text, this.#contents.get(file) ?? noObjects),
      ]),
    );
    const { changed, problems, superseded } = this.objects.update(this.#contents);
    for (const [file, content] of this.#contents)
      this.#contents.set(file, { ...content, objects: content.objects.filter((placed) => !superseded.has(placed)) });
    return { changed: changed.map(keyText), problems: problems.map(problemText) };
  }
}

test('an object that moves out of a broken file is the new file’s, and does not come back when it goes there too', () => {
  const files = new Files();
  const foreign = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n';
  files.update({ 'a.yaml': `${foreign}---\n${broker('shop')}` });
  const moved = { 'a.yaml': foreign, 'b.yaml': broker('shop', ', labels: {v: "2"}') };
  assert.deepEqual(files.update(moved), { changed: ['Broker default/shop'], problems: [] });
  assert.deepEqual(files.update({ 'a.yaml': foreign }).changed, ['Broker default/shop']);
  assert.equal(files.objects.get('Broker default/shop'), undefined);
});

test('a duplicate that was refused does not take over because the file that is served breaks', () => {
  const files = new Files();
  const other = broker('shop', ', labels: {v: "b"}');
  files.update({ 'a.yaml': broker('shop'), 'b.yaml': other });
  const { changed, problems } = files.update({ 'a.yaml': 'apiVersion', 'b.yaml': other });
  assert.deepEqual(changed, []);
  assert.match(problems[0] ?? '', /^b\.yaml:1:1: Broker default\/shop: is already defined at a\.yaml:1/);
});

test('a value is placed by its path in the file; one of an object that is only kept by the file alone', () => {
  const files = new Files();
  files.update({ 'a.yaml': `# first\n---\n${broker('shop')}spec:\n  config: {name: x}\n` });
  assert.equal(files.objects.placeOf('Broker default/shop', ['spec', 'config', 'name']), 'a.yaml:7:12');
  assert.equal(files.objects.placeOf('Broker default/shop', []), 'a.yaml:3:1');
  assert.equal(files.objects.placeOf('Broker default/none', []), undefined);
  files.update({ 'a.yaml': 'apiVersion' });
  assert.equal(files.objects.placeOf('Broker default/shop', ['spec']), 'a.yaml');
});

test('UTF-16 and binary content are no text; a byte order mark of UTF-8 does not matter', () => {
  assert.equal(decodeText(Buffer.from('\ufeffa: 1', 'utf8')), 'a: 1');
  assert.equal(decodeText(Buffer.from('\ufeffa: 1', 'utf16le')), undefined);
  assert.equal(decodeText(Buffer.from('a: 1', 'utf16le')), undefined);
  assert.equal(decodeText(Buffer.from([0x1f, 0x8b, 0x08, 0xff])), undefined);
  assert.equal(decodeText(Buffer.from('größe: 1', 'latin1')), undefined);
});
