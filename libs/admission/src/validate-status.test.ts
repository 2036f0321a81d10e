import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';
import type { AdmissionContext, AdmissionRequest, AdmittedKind } from './index.ts';

const controllerUser = 'system:serviceaccount:knative-eventing:kafka-controller';
const foreign = { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' };

interface Written {
  readonly kind?: AdmittedKind;
  readonly userName?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly before?: unknown;
  readonly status: unknown;
}

function refusal(
  { kind = 'Broker', userName = 'jane', annotations = {}, before, status }: Written,
  more: Partial<AdmissionContext> = { controllerUser },
): string {
  const spec = { broker: 'b' };
  const request: AdmissionRequest = requestFor(
    kind,
    { annotations, spec, status },
    { old: { annotations, spec, status: before }, subResource: 'status', userName },
  );
  return problemsText(validateObject(request, contextWith({}, more)).problems);
}

const hostile = { annotations: { 'default.topic': 'payments' } };
const refused = `must not set the field(s): status.annotations\nonly ${controllerUser} writes them`;

for (const kind of ['Broker', 'Trigger', 'KafkaSink'] as const) {
  test(`what the controller remembers in the status of a ${kind} is written by nobody else`, () => {
    assert.equal(refusal({ kind, status: hostile }), refused);
    assert.equal(refusal({ kind, before: { annotations: { 'default.topic': 'orders' } }, status: hostile }), refused);
    assert.equal(refusal({ kind, before: hostile, status: {} }), refused);
  });

  test(`the controller writes it in a ${kind}, and others write the rest`, () => {
    assert.equal(refusal({ kind, status: hostile, userName: controllerUser }), '');
    assert.equal(refusal({ kind, before: hostile, status: { ...hostile, conditions: [] } }), '');
    assert.equal(refusal({ kind, status: { conditions: [] } }), '');
  });
}

test('a status of somebody else is left to them', () => {
  assert.equal(refusal({ annotations: foreign, status: hostile }), '');
  const brokerClassOf = (): string => 'MTChannelBasedBroker';
  assert.equal(refusal({ kind: 'Trigger', status: hostile }, { controllerUser, brokerClassOf }), '');
});

test('where no account of a controller is known nobody is kept from writing', () => {
  assert.equal(refusal({ status: hostile }, {}), '');
});
