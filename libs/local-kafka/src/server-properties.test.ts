import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildServerProperties } from './server-properties.ts';

const settings = { port: 1, controllerPort: 2, logDirectory: '/tmp/with space', overrides: {} };

test('one process is broker and controller, on the loopback interface', () => {
  const text = buildServerProperties(settings);
  assert.match(text, /^process\.roles=broker,controller$/m);
  assert.match(text, /^listeners=CLIENTS:\/\/127\.0\.0\.1:1,CONTROLLER:\/\/127\.0\.0\.1:2$/m);
  assert.match(text, /^auto\.create\.topics\.enable=false$/m);
  assert.match(text, /^log\.dirs=\/tmp\/with space$/m);
});

test('overrides come last and cannot break out of their line', () => {
  const text = buildServerProperties({ ...settings, overrides: { 'num.partitions': '3', odd: 'a\\b\nacks=0' } });
  assert.match(text, /^num\.partitions=3$/m);
  assert.doesNotMatch(text, /^num\.partitions=1$/m);
  assert.match(text, /^odd=a\\\\b\\nacks=0$/m);
});
