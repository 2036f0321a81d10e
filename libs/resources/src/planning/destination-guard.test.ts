import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guardedDestination } from './destination-guard.ts';

function refusal(url: string, allowLoopback = false): string | undefined {
  const outcome = guardedDestination(new URL(url), { allowLoopback, clusterDomain: 'cluster.local' });
  if (outcome.ok) return undefined;
  assert.equal(outcome.reason, 'DestinationNotAllowed');
  return outcome.error;
}

describe('security 6.4: what events are never sent to', () => {
  const hostile: Readonly<Record<string, readonly string[]>> = {
    'link-local': [
      'http://169.254.169.254/latest/meta-data',
      'http://2852039166/',
      'http://0xa9fea9fe/',
      'http://0251.0376.0251.0376/',
      'http://169.254.43518/',
      'http://0xA9.254.0251.254/',
      'http://%31%36%39.254.169.254/',
      'http://169。254。169。254/',
      'http://１６９.254.169.254/',
      'http://169.254.169.254./',
      'http://[::ffff:169.254.169.254]/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://[0:0:0:0:0:ffff:a9fe:a9fe]/',
      'http://[::169.254.169.254]/',
      'http://[64:ff9b::169.254.169.254]/',
      'http://[2002:a9fe:a9fe::1]/',
      'http://[fe80::1]/',
      'http://[febf:ffff::1]/',
    ],
    'cloud metadata': [
      'http://[fd00:ec2::254]/latest',
      'http://[FD00:0EC2:0::0254]/',
      'http://metadata.google.internal/computeMetadata/v1/',
      'http://METADATA.google.internal./',
      'http://metadata/',
      'http://100.100.100.200/',
      'http://168.63.129.16/',
    ],
    unspecified: ['http://0/', 'http://0.0.0.0/', 'http://0.1.2.3/', 'http://[::]/', 'http://[0::0]/'],
    multicast: ['http://224.0.0.1/', 'http://239.255.255.250/', 'http://[ff02::1]/', 'http://255.255.255.255/'],
    'user name or password': ['http://user@host/', 'http://user:secret@host/', 'http://:secret@host/'],
    'API server': [
      'https://kubernetes.default.svc/api',
      'https://kubernetes.default/api',
      'https://kubernetes.default.svc.cluster.local/',
    ],
    loopback: [
      'http://localhost:8080/',
      'http://LOCALHOST./',
      'http://a.localhost/',
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://127.255.255.254/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
    ],
  };
  for (const [what, urls] of Object.entries(hostile)) {
    for (const url of urls)
      test(`${url} is refused: ${what}`, () => assert.match(refusal(url) ?? 'let through', new RegExp(what)));
  }

  for (const url of [
    'http://subscriber.shop.svc.cluster.local/events',
    'https://example.org/',
    'http://10.0.0.1/',
    'http://169.253.1.1/',
    'http://[fd00::1]/',
    'http://[2001:db8::1]:8080/',
    'http://metadata.example.org/',
    'http://localhost.example.org/',
  ])
    test(`${url} is let through`, () => assert.equal(refusal(url), undefined));

  test('this machine may be allowed, and nothing else with it', () => {
    for (const url of hostile['loopback'] ?? []) assert.equal(refusal(url, true), undefined, url);
    assert.notEqual(refusal('http://169.254.169.254/', true), undefined);
    assert.notEqual(refusal('http://0.0.0.0/', true), undefined);
  });

  test('what is refused for its password does not show it', () => {
    const error = refusal('http://user:secret@host/');
    assert.equal(error?.includes('secret'), false);
  });
});
