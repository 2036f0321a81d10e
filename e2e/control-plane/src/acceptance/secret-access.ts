import { eventually } from '@eventing-kafka/e2e-support';
import type { Installation } from '../installation.ts';

/** Who may do what with one Secret, by the Role and RoleBinding that the controller makes for it. */
export interface SecretAccess {
  readonly rules: readonly unknown[];
  /** Names of ServiceAccounts. */
  readonly subjects: readonly string[];
}

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly rules?: readonly unknown[];
    readonly subjects?: readonly { readonly name: string }[];
  }[];
}

/** What the data plane may do with a Secret; undefined: nothing. */
export async function accessTo(
  { cluster }: Installation,
  namespace: string,
  secret: string,
): Promise<SecretAccess | undefined> {
  const answer = await cluster.kubectl(['get', 'role,rolebinding', '-n', namespace, '-o', 'json']);
  const ours = (JSON.parse(answer) as Listed).items.filter(
    ({ metadata }) => metadata.annotations?.['eventing-kafka/secret-access'] === secret,
  );
  if (ours.length === 0) return undefined;
  return {
    rules: ours.find(({ kind }) => kind === 'Role')?.rules ?? [],
    subjects: (ours.find(({ kind }) => kind === 'RoleBinding')?.subjects ?? []).map(({ name }) => name),
  };
}

/** Waits until the data plane may not read a Secret any more. */
export async function noAccessTo(installation: Installation, namespace: string, secret: string): Promise<void> {
  await eventually(
    `nobody is granted the Secret ${secret}`,
    async () => (await accessTo(installation, namespace, secret)) === undefined,
  );
}
