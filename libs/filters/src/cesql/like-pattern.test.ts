import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { likePattern, matchesLike } from './like-pattern.ts';

/** The definition, by trying everything. */
function naiveLike(text: readonly string[], pattern: readonly string[]): boolean {
  const [first, second] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '\\' && (second === '%' || second === '_'))
    return text[0] === second && naiveLike(text.slice(1), pattern.slice(2));
  if (first === '%') return naiveLike(text, pattern.slice(1)) || (text.length > 0 && naiveLike(text.slice(1), pattern));
  return text.length > 0 && (first === '_' || first === text[0]) && naiveLike(text.slice(1), pattern.slice(1));
}

/** Whether the part stands anywhere in the text. */
function naiveSearch(text: readonly string[], part: readonly string[]): boolean {
  return text.some(
    (_, start) =>
      start + part.length <= text.length &&
      part.every((wanted, index) => wanted === '_' || wanted === text[start + index]),
  );
}

describe('LIKE', () => {
  const rows: readonly (readonly [text: string, pattern: string, matches: boolean])[] = [
    ['', '', true],
    ['', '%', true],
    ['', '%%', true],
    ['', '_', false],
    ['a', '%a%', true],
    ['aa', 'a%a', true],
    ['a', 'a%a', false],
    ['aba', 'ab%ba', false],
    ['😀', '_', true],
    ['😀', '__', false],
    ['x😀y', 'x_y', true],
    ['😀😀b', '%_b', true],
    ['a\nb', 'a_b', true],
    ['a\nb', 'a%b', true],
    ['ABC', 'abc', false],
    ['a%', 'a\\%', true],
    ['a\\b', 'a\\b', true],
    ['a\\', 'a\\', true],
    ['.*', '.*', true],
    ['xy', '.*', false],
    ['xxabcabd', '%ab_abd', true],
    ['mississippi', '%is%s_p%', true],
  ];
  for (const [text, pattern, matches] of rows) {
    test(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(pattern)}`, () => {
      assert.equal(matchesLike(text, likePattern(pattern)), matches);
    });
  }

  test('decides as the definition does', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '%', '_', '\\', '😀'), { maxLength: 9 });
    const pattern = fc.array(fc.constantFrom('a', 'b', '%', '_', '\\', '😀'), { maxLength: 9 });
    fc.assert(
      fc.property(text, pattern, (characters, wanted) => {
        assert.equal(matchesLike(characters.join(''), likePattern(wanted.join(''))), naiveLike(characters, wanted));
      }),
      { numRuns: 20_000 },
    );
  });

  test('finds long parts with wildcards at any place, across word borders', () => {
    const part = fc.array(fc.constantFrom('a', 'b', '_'), { minLength: 1, maxLength: 100, size: 'max' });
    const noise = fc.array(fc.constantFrom('a', 'b'), { maxLength: 50, size: 'max' });
    fc.assert(
      fc.property(part, noise, noise, fc.nat(), (wanted, before, after, damage) => {
        const found = wanted.map((character): string => (character === '_' ? 'x' : character));
        const pattern = likePattern(`%${wanted.join('')}%`);
        assert.equal(matchesLike([...before, ...found, ...after].join(''), pattern), true);
        const place = damage % wanted.length;
        const damaged = found.with(place, 'c');
        assert.equal(
          matchesLike([...before, ...damaged, ...after].join(''), pattern),
          naiveSearch([...before, ...damaged, ...after], wanted),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('a pattern and text that make others go back for hours are decided', () => {
    const text = 'a'.repeat(60_000);
    assert.equal(matchesLike(text, likePattern(`%${'a%'.repeat(20_000)}b`)), false);
    assert.equal(matchesLike(text, likePattern(`%${'a'.repeat(30_000)}_b%`)), false);
    assert.equal(matchesLike(text, likePattern(`%${'a'.repeat(30_000)}b%`)), false);
  });
});
