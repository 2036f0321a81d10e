import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUriReference } from './uri-reference.ts';

const good = [
  ...[
    '',
    '/',
    '../x',
    '#f',
    '?q',
    'a/b',
    'a',
    './a:b',
    'urn:x:y',
    'mailto:a@b',
    'HTTP://EXAMPLE.com/%7ea',
    '//host/x',
    'http:///x',
  ],
  ...[
    'http://[::1]/x',
    'http://u@[fe80::1%25eth0]:80/x',
    'http://[v1.a:b]',
    'http://a:port/c',
    '/a?b[0]=c#d[e]',
    '/é/€/😀',
    'tag:a,2020:x',
  ],
];
const bad = [
  ...[
    'a b',
    ':bad',
    'scheme:',
    'scheme:#f',
    '1a:b',
    'é:x',
    '/a%',
    '/a%zz',
    '/a%2',
    '/a<b>',
    '/a\\b',
    '/a`b',
    '/a{b}',
    '/a|b',
    '/a^b',
    '/"',
    '#a#b',
  ],
  ...[
    'http://[bad',
    'http://[::1',
    'http://::1]',
    'http://[]/',
    'http://[::1]x/',
    '/a[b]',
    'http://h/a[b]',
    '//',
    'http://',
    '\u0001',
    '/\u007f',
    '/\u0085',
    '/\u00a0',
    '/\u3000',
    'a\tb',
  ],
];

for (const text of good)
  test(`${JSON.stringify(text)} is a URI reference`, () => assert.equal(isUriReference(text), true));
for (const text of bad)
  test(`${JSON.stringify(text)} is no URI reference`, () => assert.equal(isUriReference(text), false));
