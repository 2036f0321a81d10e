import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandVariables } from './variable-expansion.ts';

const rows: readonly [name: string, text: string, expected: string][] = [
  ['a known name is replaced by its value', 'http://$(HOST):$(PORT)', 'http://broker:80'],
  ['an unknown name stays as it is written', '$(NOBODY)/x', '$(NOBODY)/x'],
  ['an escaped name stands for itself', '$$(HOST)', '$(HOST)'],
  ['an escaped dollar before a name is one dollar and the value', '$$$(HOST)', '$broker'],
  ['a lone dollar is no variable', '5$ and $HOST', '5$ and $HOST'],
  ['names of the prototype are not variables', '$(toString)', '$(toString)'],
];

for (const [name, text, expected] of rows) {
  test(name, () => {
    assert.equal(expandVariables(text, { HOST: 'broker', PORT: '80' }), expected);
  });
}
