import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shipsFile } from './ships-file.mjs';

const undici = 'node_modules/undici';
const driver = 'node_modules/node-rdkafka';

for (const [what, packagePath, file, ships] of [
  ['code', undici, 'lib/core/request.js', true],
  ['the manifest', undici, 'package.json', true],
  ['WebAssembly', undici, 'lib/llhttp/llhttp.wasm', true],
  ['the licence', undici, 'LICENSE', true],
  ['a licence that is prose', undici, 'LICENSE.md', true],
  ['code in a folder below that is called test', undici, 'lib/test/index.js', true],
  ['types', undici, 'types/index.d.ts', false],
  ['types of a module', undici, 'types/index.d.mts', false],
  ['a source map', undici, 'index.js.map', false],
  ['prose', undici, 'README.md', false],
  ['tests', undici, 'test/client.js', false],
  ['a test beside the code', undici, 'lib/client.test.js', false],
  ['packages of its own, which are listed apart', undici, 'node_modules', false],
  ['a package of types', 'node_modules/@types/node', 'package.json', false],
  ['the build of a library of ours', 'libs/contract', 'dist/index.js', true],
  ['the folder of the build', 'libs/contract', 'dist', true],
  ['the source of a library of ours', 'libs/contract', 'src', false],
  ['what a library of ours has installed for itself', 'libs/manifests/node_modules/yaml', 'dist/index.js', true],
  ['the driver’s JavaScript', driver, 'lib/producer.js', true],
  ['the driver’s source', driver, 'deps', false],
]) {
  test(`${ships ? 'ships' : 'leaves out'} ${what}`, () => {
    assert.equal(shipsFile(packagePath, file), ships);
  });
}
