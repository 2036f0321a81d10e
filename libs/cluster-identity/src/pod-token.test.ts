import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podOfReview } from './pod-token.ts';

const review = {
  authenticated: true,
  username: 'system:serviceaccount:knative-eventing:kafka-receiver',
  extra: { 'authentication.kubernetes.io/pod-name': ['kafka-broker-receiver-1'] },
  audiences: ['eventing-kafka-contract'],
  error: '',
};

test('a bound token of the audience tells the Pod and its ServiceAccount', () => {
  assert.deepEqual(podOfReview(review, 'eventing-kafka-contract'), {
    kind: 'pod',
    pod: { name: 'kafka-broker-receiver-1', namespace: 'knative-eventing', serviceAccount: 'kafka-receiver' },
  });
});

const refused: readonly { readonly name: string; readonly change: Partial<typeof review>; readonly why: RegExp }[] = [
  {
    name: 'a token that is not accepted',
    change: { authenticated: false, error: 'expired' },
    why: /not accept.*expired/,
  },
  {
    name: 'a token for somebody else',
    change: { audiences: ['https://kubernetes.default.svc'] },
    why: /not for the audience/,
  },
  { name: 'a token of a person', change: { username: 'admin' }, why: /admin, which is no ServiceAccount/ },
  { name: 'a token that is bound to no Pod', change: { extra: {} as typeof review.extra }, why: /not bound to a Pod/ },
];
for (const { name, change, why } of refused) {
  test(`${name} proves nothing`, () => {
    const outcome = podOfReview({ ...review, ...change }, 'eventing-kafka-contract');
    assert.match(outcome.kind === 'refused' ? outcome.message : '', why);
  });
}
