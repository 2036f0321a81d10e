import { createAuthority, issueCertificate } from './authority.ts';
import type { CertificateStep, ObservedSecrets, SecretData } from './certificate-plan.ts';
import { authorityData, readAuthority, trustedBundle, type StoredAuthority } from './stored-authority.ts';
import {
  authorityValidForMs,
  leafValidForMs,
  longestLeafMs,
  type WantedCertificates,
  type WantedLeaf,
} from './wanted-certificates.ts';

/**
 * Makes what a step of {@link planCertificates} wants written: all data of its Secret.
 *
 * @param step of the plan for the same `observed`, `wanted` and `now`
 */
export async function carryOut(
  step: CertificateStep,
  observed: ObservedSecrets,
  wanted: WantedCertificates,
  now: Date,
): Promise<SecretData> {
  if (step.kind === 'create-authority') return authorityData({ current: await newAuthority(wanted, now) }, now);
  const authority = readAuthority(observed.get(wanted.authority.secretName)?.data, now);
  if (authority === undefined) throw new TypeError(`The step ${step.kind} was not planned: there is no authority`);
  switch (step.kind) {
    case 'prepare-next-authority':
      return authorityData({ ...authority, next: await newAuthority(wanted, now) }, now);
    case 'note-distributed':
      return authorityData({ ...authority, distributedAt: now }, now);
    case 'promote-next-authority':
      return authorityData(promoted(authority, wanted, now), now);
    case 'retire-previous-authority':
      return authorityData({ current: authority.current }, now);
    case 'issue-leaf':
      return issueLeaf(leafOf(step, wanted), authority, now);
    case 'distribute-authorities':
      return { ...observed.get(step.secretName)?.data, 'ca.crt': trustedBundle(authority, now) };
    default:
      return step.kind satisfies never;
  }
}

function newAuthority(wanted: WantedCertificates, now: Date): ReturnType<typeof createAuthority> {
  return createAuthority({
    commonName: wanted.authority.commonName,
    validForMs: authorityValidForMs(wanted),
    now,
  });
}

/** The key of the previous one is forgotten: it will sign no more. */
function promoted({ current, next }: StoredAuthority, wanted: WantedCertificates, now: Date): StoredAuthority {
  // The one before cannot be read any more: `readAuthority` has put the next in its place.
  if (next === undefined) return { current };
  const retireAt = new Date(now.getTime() + longestLeafMs(wanted));
  return { current: next, previous: { certificate: current.certificate, retireAt } };
}

function leafOf({ secretName }: CertificateStep, { leaves }: WantedCertificates): WantedLeaf {
  const leaf = leaves.find((each) => each.secretName === secretName);
  if (leaf === undefined) throw new TypeError(`The Secret ${secretName} was not planned: it is not among the leaves`);
  return leaf;
}

async function issueLeaf(leaf: WantedLeaf, authority: StoredAuthority, now: Date): Promise<SecretData> {
  const { certificate, privateKey } = await issueCertificate(authority.current, {
    ...leaf,
    validForMs: leafValidForMs(leaf),
    now,
  });
  return { 'tls.crt': certificate, 'tls.key': privateKey, 'ca.crt': trustedBundle(authority, now) };
}
