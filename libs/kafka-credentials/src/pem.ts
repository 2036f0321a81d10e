import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, parsed. Throws when there is none, or when one of them cannot be parsed. */
export function parseCertificates(pem: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...more] = (pem.match(certificateBlock) ?? []).map((block) => new X509Certificate(block));
  if (first === undefined) throw new Error('no certificate in PEM was found');
  return [first, ...more];
}

/**
 * A client certificate with its key as PKCS#8, which every driver takes; PKCS#1 and SEC 1 are converted. Throws when one cannot be
 * parsed or the key is not that of the certificate; the message holds nothing of either.
 */
export function parseKeyPair(certPem: string, keyPem: string): { readonly certPem: string; readonly keyPem: string } {
  const certificates = parsed('user.crt', () => parseCertificates(certPem));
  const key = parseKey(keyPem);
  if (!certificates[0].checkPrivateKey(key)) {
    throw new Error('the key does not belong to the certificate (keys: user.crt, user.key)');
  }
  const chain = certificates.map((certificate) => certificate.toString());
  return { certPem: chain.join(''), keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function parseKey(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw new Error('the private key is encrypted; give it without a passphrase (key: user.key)');
  }
  return parsed('user.key', () => createPrivateKey(pem));
}

function parsed<Parsed>(key: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch {
    // OpenSSL's own words are about its insides, and might quote what they are about.
    throw new Error(`it cannot be parsed as PEM (key: ${key})`);
  }
}
