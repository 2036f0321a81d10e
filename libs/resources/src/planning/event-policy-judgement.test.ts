import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conditionsOf, configMap, broker, options, oidcOn, planOf, policy, viewOf } from '../../testing/world.ts';
import { foreignObjectOf } from '../parsing/foreign-object.ts';
import type { EventPolicy, ManifestResource } from '../objects/resource-types.ts';
import { judgeEventPolicy } from './event-policy-judgement.ts';
import type { EventPolicyJudgement } from './event-policy-judgement.ts';

const ref = { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', name: 'ping' };

function source(namespace: string, auth: object | undefined): ManifestResource {
  const { apiVersion, kind, name } = ref;
  const found = foreignObjectOf({ apiVersion, kind, metadata: { namespace, name }, status: { auth } });
  assert.ok(found);
  return found;
}

function judged(from: EventPolicy['spec']['from'], ...objects: readonly ManifestResource[]): EventPolicyJudgement {
  const view = viewOf(...objects);
  return judgeEventPolicy(policy('p', { senders: from }), view, options().features(view));
}

function texts({ conditions }: EventPolicyJudgement): readonly string[] {
  return conditions.map(({ type, status, reason, message }) =>
    [type, status, reason, message].filter(Boolean).join(' | '),
  );
}

describe('security 4.1: whom a policy admits', () => {
  test('subjects as they are written, and the accounts of objects, of other namespaces too', () => {
    const one = judged(
      [{ sub: 'b*' }, { sub: 'a' }, { ref }],
      oidcOn,
      source('test-namespace', { serviceAccountName: 'x' }),
    );
    assert.deepEqual(one.from, ['a', 'b*', 'system:serviceaccount:test-namespace:x']);
    assert.equal(one.isReady, true);
    const elsewhere = source('elsewhere', { serviceAccountNames: ['y', 'z', 'y'] });
    assert.deepEqual(judged([{ ref: { ...ref, namespace: 'elsewhere' } }], oidcOn, elsewhere).from, [
      'system:serviceaccount:elsewhere:y',
      'system:serviceaccount:elsewhere:z',
    ]);
  });

  test('security 8 P7: a sender that is not there, or names no account, is told; the policy is not Ready, and neither is the Broker', () => {
    const missing = judged([{ ref }, { sub: 'a' }], oidcOn);
    assert.equal(missing.isReady, false);
    assert.deepEqual(texts(missing), [
      'AuthenticationEnabled | True',
      'SubjectsResolved | False | SubjectsNotResolved | PingSource test-namespace/ping not found',
    ]);
    const nameless = judged([{ ref }], oidcOn, source('test-namespace', undefined));
    assert.match(texts(nameless).join(), /PingSource test-namespace\/ping names no ServiceAccount in status\.auth/);

    // Whatever somebody wrote into its status before.
    const stale = policy('stale', { senders: [{ ref }], ready: true, from: ['anybody'] });
    const plan = planOf(broker(), [configMap, oidcOn, stale], { judgesEventPolicies: true });
    assert.equal(
      conditionsOf(plan)['EventPoliciesReady'],
      'False | EventPoliciesNotReady | event policies stale are not ready',
    );
    assert.deepEqual(plan.resource?.ingress?.eventPolicies, [], 'nobody is admitted');
  });

  test('with OIDC off no policy is Ready', () => {
    const off = judged([{ sub: 'a' }]);
    assert.equal(off.isReady, false);
    assert.deepEqual(off.from, ['a']);
    assert.match(texts(off)[0] ?? '', /^AuthenticationEnabled \| False \| OIDCAuthenticationDisabled/);
  });

  test('one that nobody has judged yet admits whom it names, at once', () => {
    const fresh = policy('fresh', { senders: [{ sub: 'new' }], ready: false, from: [] });
    const plan = planOf(broker(), [configMap, oidcOn, fresh], { judgesEventPolicies: true });
    assert.equal(conditionsOf(plan)['EventPoliciesReady'], 'True');
    assert.deepEqual(plan.resource?.ingress?.eventPolicies[0]?.tokenMatchers, [
      { matcher: { $case: 'exact', value: { attributes: { sub: 'new' } } } },
    ]);
    assert.deepEqual(
      planOf(broker(), [configMap, oidcOn, fresh]).resource?.ingress?.eventPolicies,
      [],
      'unless somebody else judges',
    );
  });

  test('one that cannot be applied as it is written is not Ready', () => {
    const view = viewOf(oidcOn);
    const unsound = { ...policy('p'), isSound: false };
    assert.equal(judgeEventPolicy(unsound, view, options().features(view)).isReady, false);
  });
});
