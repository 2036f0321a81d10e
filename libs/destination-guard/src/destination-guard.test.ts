import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DestinationGuard, DestinationRuleError, type DestinationRules } from './destination-guard.ts';

const refusal = (url: string, rules: DestinationRules = {}): string | undefined =>
  new DestinationGuard(rules).refusalOfUrl(new URL(url));

describe('security 6.4: what a URL says against itself', () => {
  const hostile: Readonly<Record<string, readonly string[]>> = {
    'link-local': [
      ...[
        'http://169.254.169.254/latest/meta-data',
        'http://2852039166/',
        'http://0xa9fea9fe/',
        'http://169.254.43518/',
      ],
      ...['http://%31%36%39.254.169.254/', 'http://１６９.254.169.254/', 'http://169.254.169.254./'],
      ...['http://[::ffff:169.254.169.254]/', 'http://[64:ff9b::169.254.169.254]/', 'http://[2002:a9fe:a9fe::1]/'],
      ...['http://[fe80::1]/', 'http://[febf:ffff::1]/'],
    ],
    'cloud metadata': [
      ...['http://[FD00:0EC2:0::0254]/', 'http://METADATA.google.internal./', 'http://metadata/'],
      ...['http://100.100.100.200/', 'http://168.63.129.16/'],
    ],
    unspecified: ['http://0/', 'http://0.1.2.3/', 'http://[::]/'],
    multicast: ['http://239.255.255.250/', 'http://[ff02::1]/', 'http://255.255.255.255/'],
    'user name or password': ['http://user@host/', 'http://:secret@host/'],
    'API server': ['https://kubernetes.default.svc/api', 'https://kubernetes.default.svc.cluster.local/'],
    loopback: [
      'http://LOCALHOST./',
      'http://a.localhost/',
      'http://127.1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
    ],
    'begins with ftp:': ['ftp://example.org/'],
  };
  for (const [what, urls] of Object.entries(hostile))
    for (const url of urls) test(`${url}: ${what}`, () => assert.match(refusal(url) ?? 'nothing', new RegExp(what)));

  for (const url of [
    'http://orders.shop.svc.cluster.local/',
    'http://10.0.0.1/',
    'http://[fd00::1]/',
    'http://localhost.example.org/',
  ])
    test(`${url}: nothing`, () => assert.equal(refusal(url), undefined));
});

test('an address is asked about however its name looks', () => {
  const guard = new DestinationGuard();
  assert.match(guard.refusalOfAddress('127.0.0.1', 'orders.example') ?? '', /loopback/);
  assert.match(guard.refusalOfAddress('::ffff:169.254.1.1', 'orders.example') ?? '', /link-local/);
  assert.equal(guard.refusalOfAddress('93.184.215.14', 'orders.example'), undefined);
  assert.equal(guard.refusalOfAddress('orders.example', 'orders.example'), 'what is no address');
});

test('this machine may be allowed, and nothing else with it', () => {
  const rules = { allowLoopback: true };
  for (const url of ['http://localhost/', 'http://127.0.0.1/', 'http://[::1]/'])
    assert.equal(refusal(url, rules), undefined);
  assert.notEqual(refusal('http://0.0.0.0/', rules), undefined);
  assert.notEqual(refusal('http://169.254.169.254/', rules), undefined);
});

test('ranges and hosts are denied and allowed by rule, and what is allowed wins', () => {
  const guard = new DestinationGuard({
    deniedCidrs: ['10.0.0.0/8', 'fd00::/8'],
    allowedCidrs: ['10.1.0.0/16', '127.100.0.0/16'],
    deniedHosts: ['internal.example'],
    allowedHosts: ['.ok.internal.example'],
  });
  assert.equal(guard.refusalOfAddress('10.2.0.1', 'a'), 'an address that is denied');
  assert.equal(guard.refusalOfAddress('::ffff:10.2.0.1', 'a'), 'an address that is denied');
  assert.equal(guard.refusalOfAddress('10.1.0.1', 'a'), undefined);
  assert.equal(guard.refusalOfAddress('127.100.0.9', 'a'), undefined);
  assert.match(guard.refusalOfAddress('127.0.0.1', 'a') ?? '', /loopback/);
  assert.equal(guard.refusalOfUrl(new URL('http://A.Internal.Example./')), 'a host that is denied');
  assert.equal(guard.refusalOfUrl(new URL('http://b.ok.internal.example/')), undefined);
  assert.equal(guard.refusalOfAddress('127.0.0.1', 'b.ok.internal.example'), undefined);
  assert.equal(guard.refusalOfUrl(new URL('http://notinternal.example/')), undefined);
});

test('a range that cannot be read is said', () => {
  assert.throws(() => new DestinationGuard({ deniedCidrs: ['10.0.0.0/99'] }), DestinationRuleError);
});
