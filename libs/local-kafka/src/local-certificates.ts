// x509 finds its parts through it.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key, PEM, the key as PKCS#8. */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate authority of one Kafka, and what it signed. */
export interface LocalCertificates {
  /** Whom clients trust, PEM. */
  readonly caPem: string;
  /** Of the broker: 127.0.0.1 and localhost. */
  readonly server: CertificatePair;
  /** Of a client, `CN=client`. */
  readonly client: CertificatePair;
}

const algorithms = {
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** Of what kind all keys are. */
export type KeyAlgorithm = keyof typeof algorithms;

const lifetimeMs = 24 * 60 * 60 * 1000;
/** Clocks of two processes of one machine agree, but seconds are cut off. */
const backdatedMs = 60_000;

/** Makes new ones, good for a day. */
export async function makeCertificates(keyAlgorithm: KeyAlgorithm = 'ecdsa'): Promise<LocalCertificates> {
  const common = commonOf(keyAlgorithm);
  const caKeys = await generateKeys(keyAlgorithm);
  const caName = `CN=local Kafka CA ${randomBytes(4).toString('hex')}`;
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...common(),
    name: caName,
    keys: caKeys,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const sign = async (
    name: string,
    extensions: readonly (SubjectAlternativeNameExtension | ExtendedKeyUsageExtension)[],
  ): Promise<CertificatePair> => {
    const keys = await generateKeys(keyAlgorithm);
    const certificate = await X509CertificateGenerator.create({
      ...common(),
      subject: name,
      issuer: caName,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [new BasicConstraintsExtension(false), ...extensions],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { certPem: certificate.toString('pem'), keyPem: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  };
  const names = new SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  return {
    caPem: ca.toString('pem'),
    server: await sign('CN=local Kafka', [names, new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth])]),
    client: await sign('CN=client', [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]),
  };
}

function generateKeys(keyAlgorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithms[keyAlgorithm], true, ['sign', 'verify']);
}

/** What all certificates say alike, but for the serial number. */
function commonOf(keyAlgorithm: KeyAlgorithm) {
  const now = Date.now();
  return () => ({
    // Of 16 bytes the first may not make the number negative.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + lifetimeMs),
    signingAlgorithm: algorithms[keyAlgorithm],
  });
}
