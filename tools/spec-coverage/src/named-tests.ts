import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { namedRows } from './acceptance-row.ts';
import type { NamedTest } from './coverage.ts';
import { testNames, textsOfJson } from './test-names.ts';

/** Folders of the repository that hold projects. */
const projectFolders = ['apps', 'libs', 'e2e', 'tools'];
/** The tests of this project speak of rows, and show none. */
const ownProject = 'spec-coverage';
/** What is made, and not written. */
const madeFolders = new Set(['node_modules', 'dist', 'out-tsc', 'generated']);

/** Every test of the repository whose name begins with the id of a row. */
export function namedTests(root: string): readonly NamedTest[] {
  return projectFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== ownProject)
      .flatMap(({ name }) => testsOfProject(root, join(root, folder, name))),
  );
}

function testsOfProject(root: string, project: string): readonly NamedTest[] {
  const files = filesIn(project);
  const sources = files.filter((file) => /\.m?ts$|\.mjs$/.test(file)).map((file) => [file, readFileSync(file, 'utf8')]);
  // Data that no source speaks of is not what tests are made from.
  const isUsed = (file: string): boolean =>
    sources.some(([source, text]) => source !== file && text?.includes(basename(file)));
  const names = [
    ...sources.map(([file = '', text = '']) => [file, testNames(text, isOfTests(file))] as const),
    ...files
      .filter((file) => isInput(file) && isUsed(file))
      .map((file) => [file, textsOfJson(readFileSync(file, 'utf8'))] as const),
  ];
  return names.flatMap(([file, texts]) =>
    texts
      .filter((name) => namedRows(name).length > 0)
      .map((name) => ({ name, file: relative(root, file).replaceAll(sep, '/') })),
  );
}

function isOfTests(file: string): boolean {
  return /\.(?:test|e2e)\.m?[tj]s$/.test(file) || isTestData(file);
}

/** What a test expects, `*.out.json`, is not what it is made from. */
function isInput(file: string): boolean {
  return isTestData(file) && file.endsWith('.json') && !file.endsWith('.out.json');
}

function isTestData(file: string): boolean {
  return file.split(sep).includes('testdata');
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return madeFolders.has(entry.name) ? [] : filesIn(path);
    return [path];
  });
}
