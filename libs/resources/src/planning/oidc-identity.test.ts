import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { broker, metadata, oidcOn, options, trigger, viewOf } from '../../testing/world.ts';
import type { ManifestResource, ServiceAccount } from '../objects/resource-types.ts';
import { oidcServiceAccountName, planOidcIdentity } from './oidc-identity.ts';
import type { OidcIdentityPlan } from './oidc-identity.ts';
import { planTrigger } from './trigger-plan.ts';

const accountName = 'test-trigger-oidc-eventing.knative.dev-trigger';

function account(controllerUid?: string): ServiceAccount {
  const more = controllerUid === undefined ? {} : { controllerUid };
  return { kind: 'ServiceAccount', metadata: metadata('test-namespace', accountName, more) };
}

function planned(...objects: readonly ManifestResource[]): OidcIdentityPlan {
  const view = viewOf(...objects);
  return planOidcIdentity(trigger(), view, options().features(view));
}

describe('control-plane 16.5 name of the ServiceAccount', () => {
  // The hashes are those of `printf '%s' '<name>-oidc-eventing.knative.dev-Trigger' | md5sum`.
  const names: readonly (readonly [string, string])[] = [
    ['test-trigger', accountName],
    ['a'.repeat(29), `${'a'.repeat(29)}-oidc-eventing.knative.dev-trigger`],
    ['a'.repeat(30), `${'a'.repeat(30)}27637eeef263f5da107802d5564fa0d0`],
    [
      'an-extraordinarily-long-name-for-a-trigger.with-dots',
      'an-extraordinarily-long-name-foce9729e8d0edc9f5ebc1fbb40a338f93',
    ],
  ];
  for (const [name, expected] of names) {
    test(`of a Trigger with a name of ${name.length} characters`, () => {
      assert.equal(oidcServiceAccountName(name), expected);
      assert.ok(expected.length <= 63);
    });
  }
});

describe('control-plane 16.5 identity', () => {
  test('control-plane 24.4 T20: it is made, labelled and controlled by the Trigger, and waited for', () => {
    const plan = planned(oidcOn);
    assert.equal(plan.serviceAccountName, accountName);
    assert.deepEqual(plan.apply?.metadata, {
      namespace: 'test-namespace',
      name: accountName,
      labels: { 'eventing.knative.dev/oidc': 'enabled' },
      annotations: { description: 'Service Account for OIDC Authentication for Trigger "test-trigger"' },
      ownerReferences: [
        {
          apiVersion: 'eventing.knative.dev/v1',
          kind: 'Trigger',
          name: 'test-trigger',
          uid: 'uid of test-trigger',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    });
    assert.equal(plan.condition.status, 'Unknown');
  });

  test('security 8 O9: the account is named in the status and in the contract (differs: of a Trigger, as KafkaSources are no kind of ours)', () => {
    const subscriber = { uri: 'https://subscriber.example', audience: 'subscriber' };
    const view = viewOf(broker(), oidcOn, account('uid of test-trigger'));
    const plan = planTrigger(trigger({ subscriber }), view, undefined, options());
    assert.deepEqual(plan?.status.auth, { serviceAccountName: accountName });
    assert.equal(plan.egress?.oidcServiceAccountName, accountName);
    assert.equal(plan.egress.reference?.namespace, 'test-namespace');
    assert.equal(plan.tokensOf, accountName, 'its tokens are asked for');
    assert.equal(planTrigger(trigger(), view, undefined, options())?.tokensOf, undefined, 'nobody asks for any');
  });

  test('it is there and the Trigger controls it', () =>
    assert.equal(planned(oidcOn, account('uid of test-trigger')).condition.status, 'True'));

  test('it is there and somebody else’s: never used, never changed', () => {
    for (const found of [account(), account('another uid')]) {
      assert.deepEqual(planned(oidcOn, found), {
        condition: {
          type: 'OIDCIdentityCreated',
          status: 'False',
          reason: 'Unable to resolve service account for OIDC authentication',
          message: `service account ${accountName} not owned by Trigger test-trigger`,
        },
      });
    }
  });

  test('with the flag off the own account goes, another stays', () => {
    const condition = {
      type: 'OIDCIdentityCreated',
      status: 'True',
      reason: 'authentication-oidc feature disabled',
    };
    assert.deepEqual(planned(account('uid of test-trigger')), { condition, remove: accountName });
    assert.deepEqual(planned(account('another uid')), { condition });
    assert.deepEqual(planned(), { condition });
  });
});
