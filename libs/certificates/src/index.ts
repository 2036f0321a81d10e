/** The public names of `@eventing-kafka/certificates`, listed one by one. */
export {
  createAuthority,
  issueCertificate,
  type CertificateNames,
  type CertificateUsage,
  type KeyPair,
} from './authority.ts';
export { bundle, splitBundle } from './bundle.ts';
export { CertificateError, isCertificateError } from './certificate-error.ts';
export { carryOut } from './carry-out.ts';
export {
  planCertificates,
  type CertificatePlan,
  type CertificateStep,
  type ObservedSecrets,
  type SecretData,
  type StoredSecret,
} from './certificate-plan.ts';
export { inspectCertificate, isIssuedBy, isKeyOf, renewalDueAt, type CertificateInfo } from './inspect-certificate.ts';
export {
  keepCertificates,
  type CertificateEvent,
  type CertificateKeeper,
  type CertificateKeeperOptions,
  type SecretStore,
} from './keep-certificates.ts';
export { checkTlsMaterial, fixedTlsMaterial, type TlsMaterial, type TlsMaterialSource } from './tls-material.ts';
export { type WantedCertificates, type WantedLeaf } from './wanted-certificates.ts';
