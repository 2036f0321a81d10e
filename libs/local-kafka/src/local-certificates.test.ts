import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeCertificates } from './local-certificates.ts';

for (const algorithm of ['ecdsa', 'rsa'] as const) {
  test(`the CA signed what goes with its keys, with ${algorithm}`, async () => {
    const { caPem, server, client } = await makeCertificates(algorithm);
    const ca = new X509Certificate(caPem);
    for (const { certPem, keyPem } of [server, client]) {
      const certificate = new X509Certificate(certPem);
      assert.ok(certificate.verify(ca.publicKey) && certificate.checkIssued(ca));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
      assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----/);
    }
    assert.equal(new X509Certificate(server.certPem).checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(new X509Certificate(client.certPem).subject, 'CN=client');
  });
}
