import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { driverLock } from './driver-lock.mjs';

const wholeLock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'));

test('holds the driver and all it needs, as the whole lock file has them', () => {
  const { lock } = driverLock(wholeLock);
  const { '': root, ...packages } = lock.packages;
  assert.deepEqual(Object.keys(packages).sort(), [
    'node_modules/bindings',
    'node_modules/file-uri-to-path',
    'node_modules/nan',
    'node_modules/node-rdkafka',
  ]);
  for (const [path, entry] of Object.entries(packages)) assert.deepEqual(entry, wholeLock.packages[path]);
  assert.deepEqual(root.dependencies, { 'node-rdkafka': packages['node_modules/node-rdkafka'].version });
});

test('stays the same when another dependency changes', () => {
  const changed = structuredClone(wholeLock);
  changed.packages['node_modules/undici'].version = '999.0.0';
  assert.deepEqual(driverLock(changed), driverLock(wholeLock));
});

test('a lock file without the driver is refused by name', () => {
  assert.throws(() => driverLock({ packages: {} }), /holds no node_modules\/node-rdkafka/);
});
