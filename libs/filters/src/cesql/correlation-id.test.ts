/** The cases of cesql.md 8. */
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { describe, test } from 'node:test';
import { missingFunctions } from '../missing-functions.ts';
import { parseFilters } from '../parse-filters.ts';
import { evaluateCesql, parseCesql, passesCesql } from './cesql.ts';
import { verifyCorrelationId } from './correlation-id.ts';

const key = Buffer.from('passphrasewhichneedstobe32bytes!');
const id = 'test-correlation-id';

/** What the issuer of ids writes: a nonce of its own, what it encrypted, and the tag. */
function encrypted(text: string, withKey: Buffer, nonce = Buffer.alloc(12, 7)): Buffer {
  const cipher = createCipheriv(`aes-${(withKey.length * 8) as 128 | 192 | 256}-gcm`, withKey, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

const expression = (podIndex: number): string =>
  `KN_VERIFY_CORRELATION_ID(replyid, "test-resource", "test-namespace", "test-secret", ${podIndex}, 3)`;

interface Given {
  readonly replyId?: string;
  readonly podIndex?: number;
  readonly entries?: Readonly<Record<string, Buffer>>;
}

function parsed({ podIndex = 1, entries = { 'test-namespace.test-resource.key': key } }: Given) {
  const keys = (secret: string) => (secret === 'test-secret' ? new Map(Object.entries(entries)) : undefined);
  return parseCesql(expression(podIndex), { functions: [verifyCorrelationId(keys)] });
}

function event({ replyId }: Given) {
  return { attribute: (name: string) => (name === 'replyid' ? replyId : undefined) };
}

const base64 = encrypted(id, key).toString('base64');
const good = `${id}:${base64}:1`;

describe('a correlation id', () => {
  const rows: readonly (readonly [what: string, given: Given, passes: boolean])[] = [
    ['of this replica passes', { replyId: good }, true],
    ['of another replica does not', { replyId: `${id}:${base64}:2` }, false],
    ['whose index leads here by its remainder passes', { replyId: `${id}:${base64}:4` }, true],
    ['of another resource does not', { replyId: good, entries: { 'other.resource.key': key } }, false],
    ['whose text was changed does not', { replyId: `${id}:${base64.slice(0, -1)}?:1` }, false],
    ['of another form does not', { replyId: 'invalid-format' }, false],
    ['that is not there does not', {}, false],
    ['with an index that is none does not', { replyId: `${id}:${base64}:one` }, false],
    ['that says another id than it encrypts does not', { replyId: `other:${base64}:1` }, false],
    ['that is too short does not', { replyId: `${id}:AAAA:1` }, false],
    [
      'that the second of two keys decrypts passes',
      {
        replyId: good,
        entries: {
          'test-namespace.test-resource.a': Buffer.alloc(32, 1),
          'test-namespace.test-resource.b': key,
        },
      },
      true,
    ],
    [
      'is tried with no key of an odd length',
      { replyId: good, entries: { 'test-namespace.test-resource.a': key.subarray(1) } },
      false,
    ],
    [
      'in the alphabet of URLs passes',
      { replyId: `${id}:${encrypted(id, key, Buffer.alloc(12, 0xfb)).toString('base64url')}:1` },
      true,
    ],
    [
      'of a key of 128 bits passes',
      {
        replyId: `${id}:${encrypted(id, key.subarray(16)).toString('base64')}:1`,
        entries: { 'test-namespace.test-resource.key': key.subarray(16) },
      },
      true,
    ],
  ];
  for (const [what, given, passes] of rows) {
    test(what, () => assert.equal(passesCesql(parsed(given), event(given)), passes));
  }

  test('of another form is an error of the function', () => {
    const given = { replyId: 'a:b' };
    const { value, errors } = evaluateCesql(parsed(given), event(given));
    assert.deepEqual([value, errors.map(({ kind }) => kind)], [false, ['functionEvaluation']]);
  });

  test('cannot be verified without keys, and who calls for it can be told', () => {
    const cesql = (text: string) => ({ filter: { $case: 'cesql' as const, value: { expression: text } } });
    const filter = parseFilters({
      dialectedFilter: [cesql(`type = 'a' AND NOT ${expression(0)}`), cesql('1 IN (LENGTH(id), nosuch(2) + 1)')],
    });
    assert.deepEqual([...missingFunctions(filter)].sort(), ['KN_VERIFY_CORRELATION_ID', 'NOSUCH']);
  });
});
