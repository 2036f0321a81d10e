import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostNames, normalContractPath } from './request-target.ts';
import { RouteTable } from './route-table.ts';

function route(name: string, path: string, host = ''): { name: string; path: string; hosts: readonly string[] } {
  return { name, path: normalContractPath(path), hosts: hostNames(host) };
}

function find(table: RouteTable<ReturnType<typeof route>>, host: string, target: string): string | undefined {
  return (table.byTarget(target) ?? table.byHost(host))?.name;
}

describe('routing', () => {
  const table = new RouteTable([
    route('r1', '/hello1'),
    route('r2', '/', 'http://host2'),
    route('r3', '/hello3', 'http://host3'),
    route('r4', '/', 'http://host4'),
  ]);
  for (const [row, host, target, expected] of [
    ['receiver 20.1 R-20', '', '/hello1', 'r1'],
    ['receiver 20.1 R-21', '', '/hello3', 'r3'],
    ['receiver 20.1 R-22', 'http://host2', '/', 'r2'],
    ['receiver 20.1 R-23', 'http://host2', '', 'r2'],
    ['receiver 20.1 R-24', 'http://host1', '/hello1', 'r1'],
    ['receiver 20.1 R-25', 'http://host1', '/hello1/', 'r1'],
    ['receiver 20.1 R-26', 'http://host2', '/hello1', 'r1'],
    ['receiver 20.1 R-27', 'http://host1', '/hello3', 'r3'],
    ['receiver 20.1 R-28', 'http://host2', '/doesntExist', 'r2'],
    ['receiver 20.1 R-29', 'http://host3', '/doesntExist', 'r3'],
    ['receiver 20.1 R-30 with an unknown host', 'http://unknown', '/', undefined],
    ['receiver 20.1 R-30 without a host', '', '/doesntExist', undefined],
    ['receiver 20.1 R-31', '', '/hello1//', undefined],
    ['receiver 20.1 R-16 with two slashes', '', '//hello1', undefined],
    ['receiver 20.1 R-16 with another case', '', '/Hello1', undefined],
    ['receiver 20.1 R-15', '', '/hello1?x=1', 'r1'],
  ] as const) {
    test(`${row}: host "${host}", target "${target}" reaches ${expected ?? 'nobody'}`, () => {
      assert.equal(find(table, host, target), expected);
    });
  }

  test('receiver 20.1 R-33: a channel is reached by its host with a port, and by the short forms (differs: hosts are normalised, F-21)', () => {
    const channels = new RouteTable([route('c', '/ns/c', 'c-kn-channel.ns.svc.cluster.local')]);
    for (const host of [
      'c-kn-channel.ns.svc.cluster.local:80',
      'C-kn-channel.ns.svc.cluster.local.',
      'c-kn-channel.ns.svc',
      'c-kn-channel.ns:80',
    ]) {
      assert.equal(find(channels, host, '/'), 'c');
    }
    assert.equal(find(channels, 'c-kn-channel', '/'), undefined);
  });

  test('a short form does not take the place of a name that somebody asked for', () => {
    const both = new RouteTable([route('channel', '', 'c.ns.svc.cluster.local'), route('sink', '', 'c.ns')]);
    assert.equal(find(both, 'c.ns', '/'), 'sink');
    assert.equal(find(both, 'c.ns.svc', '/'), 'channel');
  });
});
