import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing.js';
import library from './generator.mjs';

test('makes a library with manifest, tags, source condition, entry and README', async () => {
  const tree = createTreeWithEmptyWorkspace();
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
  const tree = createTreeWithEmptyWorkspace();
  await library(tree, { name: 'echo', description: 'Repeats.' });
  await assert.rejects(library(tree, { name: 'echo', description: 'Again.' }), /libs\/echo exists already/);
});
