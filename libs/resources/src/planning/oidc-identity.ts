import { createHash } from 'node:crypto';
import { isFalse, isTrue, isUnknown } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { Features } from '../features/features.ts';
import { apiVersions } from '../objects/resource-key.ts';
import type { ObjectManifest, ResourceView } from '../objects/resource-source.ts';
import type { Trigger } from '../objects/resource-types.ts';

/** Under which account the events of a Trigger are sent, and what has to be done for it. */
export interface OidcIdentityPlan {
  /** The account; absent where senders do not say who they are, or while the account is somebody else's. */
  readonly serviceAccountName?: string;
  /** To be brought about (once more): the account, controlled by the Trigger. */
  readonly apply?: ObjectManifest;
  /** To be taken away: an account that was made for the Trigger and is needed no longer. Name, in the Trigger's namespace. */
  readonly remove?: string;
  /** `OIDCIdentityCreated`. */
  readonly condition: ConditionMark;
}

/** Label of the ServiceAccounts made here, by which they are watched. */
export const oidcLabel = 'eventing.knative.dev/oidc';

const condition = 'OIDCIdentityCreated';
const maxNameLength = 63;
const suffix = '-oidc-eventing.knative.dev-Trigger';
/** What is kept of a name that is too long: so much that the hash and a piece of the suffix find room behind it. */
const keptLength = 31;

/**
 * The name of a Trigger's ServiceAccount: readable where it fits into 63 characters, else with a hash in it, as Knative makes it, so that a
 * Trigger keeps its identity when its controller changes (control-plane 16.5, security 3.2).
 */
export function oidcServiceAccountName(triggerName: string): string {
  const base = `${triggerName}${suffix}`;
  if (base.length <= maxNameLength) return base.toLowerCase();
  const hash = createHash('md5').update(base).digest('hex');
  const hashed = `${triggerName.slice(0, keptLength)}${hash}`;
  const padded = `${hashed}${suffix.slice(0, Math.max(0, maxNameLength - hashed.length))}`;
  return padded.replace(/[^A-Za-z0-9]+$/, '').toLowerCase();
}

/** The identity of a Trigger (control-plane 16.5). An account that is not its own is never used, changed or removed. */
export function planOidcIdentity(trigger: Trigger, view: ResourceView, features: Features): OidcIdentityPlan {
  const { namespace, name, uid } = trigger.metadata;
  const accountName = oidcServiceAccountName(name);
  const found = view.get('ServiceAccount', namespace, accountName);
  const isOwn = found?.metadata.controllerUid === uid;
  if (!features.authenticationOidc) {
    const done = { condition: isTrue(condition, 'authentication-oidc feature disabled') };
    return found !== undefined && isOwn ? { ...done, remove: accountName } : done;
  }
  if (found !== undefined && !isOwn) {
    return {
      condition: isFalse(
        condition,
        'Unable to resolve service account for OIDC authentication',
        `service account ${accountName} not owned by Trigger ${name}`,
      ),
    };
  }
  return {
    serviceAccountName: accountName,
    apply: manifestOf(trigger, accountName),
    condition: found === undefined ? isUnknown(condition) : isTrue(condition),
  };
}

function manifestOf({ metadata: { namespace, name, uid } }: Trigger, accountName: string): ObjectManifest {
  return {
    apiVersion: apiVersions.ServiceAccount,
    kind: 'ServiceAccount',
    metadata: {
      namespace,
      name: accountName,
      labels: { [oidcLabel]: 'enabled' },
      annotations: { description: `Service Account for OIDC Authentication for Trigger "${name}"` },
      ownerReferences: [
        { apiVersion: apiVersions.Trigger, kind: 'Trigger', name, uid, controller: true, blockOwnerDeletion: false },
      ],
    },
  };
}
