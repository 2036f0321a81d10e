import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isFilterError } from '../filter-error.ts';
import { evaluateCesql, parseCesql, passesCesql } from './cesql.ts';
import type { CesqlValue } from './ast.ts';

/** One case of the conformance kit of CloudEvents SQL. */
interface Case {
  /** The file of the kit and the number of the case in it. */
  readonly name: string;
  readonly expression: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly value?: CesqlValue;
  readonly error?: string;
}

const cases = JSON.parse(
  readFileSync(new URL('../../testdata/cesql-tck.json', import.meta.url), 'utf8'),
) as readonly Case[];

/** The kit wants true and a cast error; its own table of casts, which we follow, gives false without one. No filter passes either way. */
const followsCastTable = new Map<string, CesqlValue>([['NOT 10', false]]);

/** What an event of the kit has whatever the case says. */
const required = { specversion: '1.0', id: 'some-id', source: '/some/source', type: 'some.type' };

describe('CESQL conformance kit', () => {
  for (const { name, expression, attributes = {}, value, error } of cases) {
    test(`${name} ${expression} ${JSON.stringify(attributes)}`, () => {
      const all: Readonly<Record<string, string | number>> = { ...required, ...attributes };
      const event = { attribute: (name: string): string | number | undefined => all[name] };
      if (error === 'parse') {
        assert.throws(() => parseCesql(expression), isFilterError);
        return;
      }
      const parsed = parseCesql(expression);
      const result = evaluateCesql(parsed, event);
      const own = followsCastTable.get(expression);
      assert.equal(result.value, own ?? value);
      const kinds = result.errors.map(({ kind }) => kind);
      assert.deepEqual(kinds, error === undefined || own !== undefined ? [] : [error]);
      if (error !== undefined) assert.equal(passesCesql(parsed, event), false);
    });
  }

  test('has all 146 cases that are ours to run', () => {
    assert.equal(cases.length, 146);
  });
});
