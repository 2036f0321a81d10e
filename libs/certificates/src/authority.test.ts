import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { after, hourMs, start } from '../testing/wanted.ts';
import {
  bundle,
  checkTlsMaterial,
  createAuthority,
  inspectCertificate,
  isCertificateError,
  isIssuedBy,
  isKeyOf,
  issueCertificate,
  renewalDueAt,
  splitBundle,
} from './index.ts';

const authority = await createAuthority({ commonName: 'test, "CA"', validForMs: 10 * hourMs, now: start });
const leaf = await issueCertificate(authority, {
  uris: ['spiffe://cluster.local/ns/a/sa/b'],
  dnsNames: ['b.a.svc', 'localhost'],
  ipAddresses: ['127.0.0.1', '::1'],
  usages: ['server', 'client'],
  validForMs: hourMs,
  now: start,
});

test('an issued certificate says what it was asked to say', () => {
  const { fingerprint, serialNumber, subject, ...info } = inspectCertificate(leaf.certificate);
  assert.deepEqual(info, {
    issuer: inspectCertificate(authority.certificate).subject,
    uris: ['spiffe://cluster.local/ns/a/sa/b'],
    dnsNames: ['b.a.svc', 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    usages: ['server', 'client'],
    isAuthority: false,
    notBefore: after(-5 * 60_000),
    notAfter: after(hourMs),
  });
  assert.equal(subject, '');
  assert.match(serialNumber, /^[0-9a-f]{32}$/);
  assert.match(fingerprint, /^[0-9a-f]{64}$/);
  assert.match(leaf.privateKey, /^-----BEGIN PRIVATE KEY-----\n/);
});

test('every certificate has a serial number and a key of its own', async () => {
  const other = await issueCertificate(authority, { usages: ['client'], validForMs: hourMs, now: start });
  assert.notEqual(
    inspectCertificate(other.certificate).serialNumber,
    inspectCertificate(leaf.certificate).serialNumber,
  );
  assert.ok(isKeyOf(leaf.certificate, leaf.privateKey));
  assert.ok(!isKeyOf(leaf.certificate, other.privateKey));
  assert.ok(!isKeyOf('garbage', other.privateKey));
});

test('who signed a certificate is known by the signature, not by the name', async () => {
  const namesake = await createAuthority({ commonName: 'test, "CA"', validForMs: hourMs, now: start });
  assert.ok(isIssuedBy(leaf.certificate, authority.certificate));
  assert.ok(!isIssuedBy(leaf.certificate, namesake.certificate));
  assert.ok(!isIssuedBy(leaf.certificate, leaf.certificate));
  assert.ok(!isIssuedBy(leaf.certificate, 'garbage'));
});

test('no certificate outlives its authority', async () => {
  const late = await issueCertificate(authority, { usages: ['client'], validForMs: 100 * hourMs, now: after(hourMs) });
  assert.deepEqual(inspectCertificate(late.certificate).notAfter, after(10 * hourMs));
});

test('an authority that cannot be read is told in a typed error without its key', async () => {
  await assert.rejects(
    issueCertificate({ ...authority, privateKey: 'garbage' }, { usages: [], validForMs: hourMs, now: start }),
    (error) => isCertificateError(error) && error.code === 'CERTIFICATE_INVALID' && !error.message.includes('garbage'),
  );
  assert.throws(
    () => inspectCertificate('garbage'),
    (error) => isCertificateError(error) && error.code === 'CERTIFICATE_INVALID',
  );
});

test('renewal is due after two thirds of a life', () => {
  const life = { notBefore: start, notAfter: after(24 * hourMs) };
  assert.deepEqual(renewalDueAt(life), after(16 * hourMs));
  assert.deepEqual(renewalDueAt(life, 0.5), after(12 * hourMs));
});

test('a bundle holds each certificate once, in order, and none that is expired', async () => {
  const other = await createAuthority({ commonName: 'other', validForMs: hourMs, now: start });
  const both = bundle([`some words\n${other.certificate}`, authority.certificate + other.certificate], start);
  assert.equal(both, other.certificate + authority.certificate);
  assert.equal(splitBundle(both).length, 2);
  assert.equal(bundle([both], after(hourMs)), authority.certificate);
  assert.equal(bundle(['no certificate'], start), '');
});

describe('material for TLS', () => {
  const good = { ca: authority.certificate, cert: leaf.certificate, key: leaf.privateKey };
  const bad: Record<string, [changes: Partial<typeof good>, code: string]> = {
    'without a CA': [{ ca: ' ' }, 'CERTIFICATE_INVALID'],
    'with a CA that is garbage': [
      { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' },
      'CERTIFICATE_INVALID',
    ],
    'without a certificate': [{ cert: '' }, 'CERTIFICATE_INVALID'],
    'with the key of another certificate': [{ key: authority.privateKey }, 'CERTIFICATE_UNUSABLE'],
    'with a key that is garbage': [{ key: 'x' }, 'CERTIFICATE_UNUSABLE'],
  };
  for (const [name, [changes, code]] of Object.entries(bad)) {
    test(`${name} is refused`, () => {
      assert.throws(
        () => checkTlsMaterial({ ...good, ...changes }, start),
        (error) => isCertificateError(error) && error.code === code,
      );
    });
  }

  test('is good until its certificate expires', () => {
    checkTlsMaterial(good, after(hourMs - 1));
    assert.throws(
      () => checkTlsMaterial(good, after(hourMs)),
      (error) => isCertificateError(error) && error.message.includes('expired at 2030-01-01T01:00:00.000Z'),
    );
  });

  test('that is issued here is what OpenSSL takes for mutual TLS', async () => {
    const now = new Date();
    const ca = await createAuthority({ commonName: 'test', validForMs: hourMs, now });
    const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], uris: ['spiffe://cluster.local/ns/a/sa/b'] };
    const issue = (usages: readonly ('server' | 'client')[]) =>
      issueCertificate(ca, { ...names, usages, validForMs: hourMs, now });
    const [serverPair, clientPair] = [await issue(['server']), await issue(['client'])];
    const shared = { ca: ca.certificate, minVersion: 'TLSv1.3' as const };
    const server = createServer(
      { ...shared, cert: serverPair.certificate, key: serverPair.privateKey, requestCert: true },
      (socket) => socket.end(socket.authorized ? 'welcome' : 'who?'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({
      ...shared,
      port,
      host: '127.0.0.1',
      cert: clientPair.certificate,
      key: clientPair.privateKey,
    });
    const received: Buffer[] = [];
    for await (const chunk of client) received.push(chunk as Buffer);
    assert.equal(Buffer.concat(received).toString(), 'welcome');
    server.close();
    await once(server, 'close');
  });
});
