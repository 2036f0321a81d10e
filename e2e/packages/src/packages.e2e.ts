import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installIntoEmptyFolder, packAll, publishedLibraries, readManifest, readReadme } from './package-folder.ts';

const libraries = await publishedLibraries();
let folder: string;
let tarballs: ReadonlyMap<string, string>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-packed-'));
  tarballs = await packAll(libraries, folder);
});
after(() => rm(folder, { recursive: true, force: true }));

/** What a user of TypeScript has, at its strictest. */
const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  types: ['node'],
  skipLibCheck: true,
};

for (const library of libraries) {
  test(`${library}: its README's example runs from the package, as JavaScript and as TypeScript`, async () => {
    const example = /```ts\n([\s\S]*?)```/.exec(await readReadme(library))?.[1];
    assert.ok(example !== undefined, `libs/${library}/README.md has no example`);

    await using user = await installIntoEmptyFolder(library, tarballs);
    await writeFile(join(user.path, 'example.ts'), example);
    await writeFile(join(user.path, 'example.mjs'), stripTypeScriptTypes(example));
    await writeFile(join(user.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }));

    await user.node('example.mjs');
    await user.node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.');
  });

  test(`${library}: every entry of its package can be imported, and no other file`, async () => {
    const { name, exports } = await readManifest(library);
    await using user = await installIntoEmptyFolder(library, tarballs);
    const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
    const script = entries.map((entry) => `await import('${name}${entry.slice(1)}');`).join('\n');
    await user.node('--input-type=module', '--eval', script);
    await assert.rejects(
      user.node('--input-type=module', '--eval', `await import('${name}/dist/index.js')`),
      /ERR_PACKAGE_PATH_NOT_EXPORTED/,
    );
  });
}
