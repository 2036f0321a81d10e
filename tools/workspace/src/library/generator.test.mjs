import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import library from './generator.mjs';

function emptyWorkspace() {
  const tree = createTreeWithEmptyWorkspace();
  // The formatter of this workspace, in place of the one an empty workspace names.
  tree.delete('.oxfmtrc.json');
  tree.write('.prettierrc.json', '{}');
  return tree;
}

test('makes a library with manifest, tags, source condition, entry and README', async () => {
  const tree = emptyWorkspace();
  await library(tree, { name: 'echo', description: 'Repeats.', scope: 'data-plane', layer: 'adapter' });

  const manifest = readJson(tree, 'libs/echo/package.json');
  assert.equal(manifest.name, '@eventing-kafka/echo');
  assert.deepEqual(manifest.nx, { name: 'echo', tags: ['type:lib', 'scope:data-plane', 'layer:adapter'] });
  assert.equal(manifest.exports['.']['@eventing-kafka/source'], './src/index.ts');
  for (const file of ['README.md', 'src/index.ts', 'tsconfig.json', 'tsconfig.lib.json', 'tsconfig.spec.json']) {
    assert.ok(tree.exists(`libs/echo/${file}`), file);
  }
});

test('refuses a name that is taken', async () => {
  const tree = emptyWorkspace();
  await library(tree, { name: 'echo', description: 'Repeats.' });
  await assert.rejects(library(tree, { name: 'echo', description: 'Again.' }), /libs\/echo exists already/);
});
