import { inspectCertificate, isIssuedBy, isKeyOf, renewalDueAt, type CertificateInfo } from './inspect-certificate.ts';
import { readAuthority, trustedBundle, type StoredAuthority } from './stored-authority.ts';
import { checkLifetimes, distributionMsOf, type WantedCertificates, type WantedLeaf } from './wanted-certificates.ts';

/** Data of a Secret, decoded. */
export type SecretData = Readonly<Record<string, string>>;

/** A Secret as it is now. */
export interface StoredSecret {
  readonly data: SecretData;
  /** Changes with every write; how a store finds out that somebody else was faster. */
  readonly version?: string;
  /** Who else cares for it, such as `cert-manager`: such a Secret is read, and never written. */
  readonly keptBy?: string;
}

/** By name; absent or undefined: there is none. */
export type ObservedSecrets = ReadonlyMap<string, StoredSecret | undefined>;

/** One write of one Secret. */
export interface CertificateStep {
  readonly kind:
    | 'create-authority'
    | 'prepare-next-authority'
    | 'note-distributed'
    | 'promote-next-authority'
    | 'retire-previous-authority'
    | 'issue-leaf'
    | 'distribute-authorities';
  readonly secretName: string;
  /** Why, as a phrase for a log. */
  readonly why: string;
}

/** What to do about the Secrets. */
export interface CertificatePlan {
  /** May be taken in any order, each once; then plan again. None: all is as it should be. */
  readonly steps: readonly CertificateStep[];
  /** When there will be something to do if nobody touches the Secrets. */
  readonly nextAt: Date;
}

/**
 * Decides which Secrets must be written (security.md 6.2). Leaves are renewed after two thirds of their life, and so is the authority; then
 * every `ca.crt` holds both, and the next one signs nothing before all processes have had the time to read that. So at any
 * time any two processes trust each other, however late (within `distributionMs`) each of them reads its Secret.
 *
 * What is garbage, expired or made for other names is replaced. When the authority's Secret itself is lost, leaves are
 * issued anew at once: processes that have not read theirs yet cannot be joined by new peers until they have.
 *
 * @throws CertificateError `CERTIFICATE_LIFETIMES`
 */
export function planCertificates(observed: ObservedSecrets, wanted: WantedCertificates, now: Date): CertificatePlan {
  checkLifetimes(wanted);
  const { secretName } = wanted.authority;
  const stored = observed.get(secretName);
  const isOurs = stored?.keptBy === undefined;
  const ownLeaves = wanted.leaves.filter((leaf) => observed.get(leaf.secretName)?.keptBy === undefined);
  const authority = readAuthority(stored?.data, now);
  const distributionMs = distributionMsOf(wanted);

  const authorityStep =
    ownLeaves.length > 0 && isOurs ? nextAuthorityStep(stored, authority, distributionMs, now) : undefined;
  if (authorityStep !== undefined) return { steps: [{ ...authorityStep, secretName }], nextAt: now };
  if (authority === undefined || ownLeaves.length === 0) return { steps: [], nextAt: never };

  const steps = ownLeaves.flatMap((leaf) => leafSteps(observed.get(leaf.secretName)?.data, leaf, authority, now));
  if (steps.length === 0 && isOurs && authority.next !== undefined && authority.distributedAt === undefined) {
    steps.push({ kind: 'note-distributed', secretName, why: 'every leaf holds the next authority' });
  }
  return { steps, nextAt: steps.length > 0 ? now : nextTime(observed, ownLeaves, authority, distributionMs) };
}

/** The last time that a `Date` can be. */
const never = new Date(8.64e15);

function nextAuthorityStep(
  stored: StoredSecret | undefined,
  authority: StoredAuthority | undefined,
  distributionMs: number,
  now: Date,
): Pick<CertificateStep, 'kind' | 'why'> | undefined {
  if (authority === undefined) {
    return { kind: 'create-authority', why: stored === undefined ? 'there is none' : 'what is there cannot sign' };
  }
  const { current, next, distributedAt, previous } = authority;
  if (stored?.data['tls.crt'] !== current.certificate) {
    return { kind: 'promote-next-authority', why: 'the one before it can no longer sign' };
  }
  if (next === undefined) {
    if (previous !== undefined) {
      return previous.retireAt <= now
        ? { kind: 'retire-previous-authority', why: 'all that it signed has expired' }
        : undefined;
    }
    return renewalDueAt(inspectCertificate(current.certificate)) <= now
      ? { kind: 'prepare-next-authority', why: 'two thirds of the life of the present one are over' }
      : undefined;
  }
  return distributedAt !== undefined && distributedAt.getTime() + distributionMs <= now.getTime()
    ? { kind: 'promote-next-authority', why: 'every process has had the time to learn of it' }
    : undefined;
}

function leafSteps(
  data: SecretData | undefined,
  leaf: WantedLeaf,
  authority: StoredAuthority,
  now: Date,
): CertificateStep[] {
  const { secretName } = leaf;
  const why = whyIssueLeaf(data, leaf, authority, now);
  if (why !== undefined) return [{ kind: 'issue-leaf', secretName, why }];
  return data?.['ca.crt'] === trustedBundle(authority, now)
    ? []
    : [{ kind: 'distribute-authorities', secretName, why: 'its ca.crt does not hold the trusted authorities' }];
}

function whyIssueLeaf(
  data: SecretData | undefined,
  leaf: WantedLeaf,
  { current }: StoredAuthority,
  now: Date,
): string | undefined {
  if (data === undefined) return 'there is none';
  const { 'tls.crt': certificate = '', 'tls.key': privateKey = '' } = data;
  const info = infoOf(certificate);
  if (info === undefined) return 'what is there is no certificate';
  if (!isKeyOf(certificate, privateKey)) return 'its key does not belong to it';
  if (!isMadeFor(info, leaf)) return 'it is made for other names or uses';
  if (!isIssuedBy(certificate, current.certificate)) return 'the present authority has not signed it';
  if (renewalDueAt(info) <= now) return 'two thirds of its life are over';
  return undefined;
}

function isMadeFor(info: CertificateInfo, leaf: WantedLeaf): boolean {
  return (
    isSameSet(info.uris, leaf.uris) &&
    isSameSet(info.dnsNames, leaf.dnsNames) &&
    isSameSet(info.ipAddresses, leaf.ipAddresses) &&
    isSameSet(info.usages, leaf.usages)
  );
}

function isSameSet(some: readonly string[], others: readonly string[] = []): boolean {
  const set = new Set(some);
  return set.size === new Set(others).size && others.every((each) => set.has(each));
}

function infoOf(certificate: string): CertificateInfo | undefined {
  try {
    return inspectCertificate(certificate);
  } catch {
    return undefined;
  }
}

function nextTime(
  observed: ObservedSecrets,
  leaves: readonly WantedLeaf[],
  { current, next, distributedAt, previous }: StoredAuthority,
  distributionMs: number,
): Date {
  const times = leaves.flatMap(({ secretName }) => {
    const info = infoOf(observed.get(secretName)?.data['tls.crt'] ?? '');
    return info === undefined ? [] : [renewalDueAt(info).getTime()];
  });
  if (next !== undefined && distributedAt !== undefined) times.push(distributedAt.getTime() + distributionMs);
  else if (previous !== undefined) times.push(previous.retireAt.getTime());
  else times.push(renewalDueAt(inspectCertificate(current.certificate)).getTime());
  return new Date(Math.min(...times));
}
