import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hostNames, normalContractPath, normalHost, targetPath, withoutTrailingSlash } from './request-target.ts';

describe('targetPath', () => {
  for (const [target, path] of [
    ['/ns/broker', '/ns/broker'],
    ['/ns/broker?x=1', '/ns/broker'],
    ['/ns/broker/?a/b', '/ns/broker/'],
    ['/ns/b%69n;a=b', '/ns/b%69n;a=b'],
    ['http://host.example/ns/broker?x', '/ns/broker'],
    ['http://host.example', '/'],
    ['/to?next=http://other/', '/to'],
    ['*', '*'],
    ['', ''],
  ] as const) {
    test(`of "${target}" is "${path}"`, () => assert.equal(targetPath(target), path));
  }

  test('never holds a query and is part of the target, or "/"', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (target) => {
        const path = targetPath(target);
        assert.ok(!path.includes('?') && (target.includes(path) || path === '/'));
      }),
    );
  });
});

test('exactly one trailing slash is dropped, and never the only one', () => {
  assert.deepEqual(['/a/', '/a//', '/a', '/'].map(withoutTrailingSlash), ['/a', '/a/', '/a', '/']);
});

test('contract paths lose slashes at the end and gain one at the start', () => {
  assert.deepEqual(['/a/b', 'a/b', '/a/b//', '/', '', '//'].map(normalContractPath), [
    '/a/b',
    '/a/b',
    '/a/b',
    '',
    '',
    '',
  ]);
});

test('hosts are compared without case, port and final dot', () => {
  assert.deepEqual(['Sink.Example:8080', 'sink.example.', 'http://Host2', 'sink.example:'].map(normalHost), [
    'sink.example',
    'sink.example',
    'http://host2',
    'sink.example',
  ]);
});

test('the host of a Service has its short forms beside it, other hosts have none', () => {
  assert.deepEqual(hostNames('C-kn-channel.ns.svc.cluster.local'), [
    'c-kn-channel.ns.svc.cluster.local',
    'c-kn-channel.ns.svc',
    'c-kn-channel.ns',
  ]);
  assert.deepEqual(hostNames('c-kn-channel.ns.svc'), ['c-kn-channel.ns.svc', 'c-kn-channel.ns']);
  assert.deepEqual(hostNames('sink.example'), ['sink.example']);
  assert.deepEqual(hostNames(''), []);
});
