import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrContains, parseCidr } from './cidr.ts';
import { effectiveAddress, parseIpAddress } from './ip-address.ts';

test('addresses are read in every spelling that resolvers and URLs write', () => {
  assert.deepEqual(parseIpAddress('127.0.0.1'), { bits: 32, value: 0x7f000001n });
  assert.deepEqual(parseIpAddress('::'), { bits: 128, value: 0n });
  assert.deepEqual(parseIpAddress('::1'), { bits: 128, value: 1n });
  assert.deepEqual(parseIpAddress('fe80::1%eth0'), parseIpAddress('fe80:0:0:0:0:0:0:1'));
  assert.deepEqual(parseIpAddress('::ffff:1.2.3.4'), parseIpAddress('::FFFF:102:304'));
  assert.deepEqual(parseIpAddress('1:2:3:4:5:6:7:8')?.value, 0x00010002000300040005000600070008n);
});

test('what is no address is none', () => {
  for (const text of [
    ...['', 'localhost', '1.2.3', '1.2.3.256', '1.2.3.4.5', '0x7f.0.0.1', '1.2.3.4 '],
    ...[
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7::8',
      '::1.2.3.4:5',
    ],
  ])
    assert.equal(parseIpAddress(text), undefined, text);
});

test('an IPv6 address that carries an IPv4 one leads there', () => {
  const ipv4 = { bits: 32, value: 0x01020304n };
  for (const text of ['::ffff:1.2.3.4', '::1.2.3.4', '64:ff9b::1.2.3.4', '2002:102:304::1']) {
    const address = parseIpAddress(text);
    assert.deepEqual(address && effectiveAddress(address), ipv4, text);
  }
  for (const text of ['::', '::1', '2001:db8::1.2.3.4', 'fe80::1']) {
    const address = parseIpAddress(text);
    assert.equal(address && effectiveAddress(address), address, text);
  }
});

test('a range holds what begins with its bits, and nothing else', () => {
  const holds = (range: string, text: string): boolean => {
    const [cidr, address] = [parseCidr(range), parseIpAddress(text)];
    assert.ok(cidr !== undefined && address !== undefined);
    return cidrContains(cidr, address);
  };
  assert.equal(holds('10.0.0.0/8', '10.255.255.255'), true);
  assert.equal(holds('10.0.0.0/8', '11.0.0.0'), false);
  assert.equal(holds('10.1.2.3/8', '10.9.9.9'), true);
  assert.equal(holds('0.0.0.0/0', '255.255.255.255'), true);
  assert.equal(holds('0.0.0.0/0', '::1'), false);
  assert.equal(holds('10.0.0.0/8', '::ffff:10.1.1.1'), true);
  assert.equal(holds('::ffff:0:0/96', '::ffff:10.1.1.1'), true);
  assert.equal(holds('fe80::/10', 'febf::1'), true);
  assert.equal(holds('fe80::/10', 'fec0::1'), false);
  assert.equal(holds('1.2.3.4', '1.2.3.4'), true);
  assert.equal(holds('1.2.3.4', '1.2.3.5'), false);
});

test('what is no range is none', () => {
  for (const text of [
    '',
    '/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'fe80::/129',
    'example.org/8',
  ])
    assert.equal(parseCidr(text), undefined, text);
});
