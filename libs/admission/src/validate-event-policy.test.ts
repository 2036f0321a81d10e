import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';

const on = contextWith({ 'config-features': { 'authentication-oidc': 'enabled' } });
const ref = { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', name: 'p' };

function refusal(spec: unknown, old?: unknown, context = on): string {
  const request = requestFor('EventPolicy', { spec }, old === undefined ? {} : { old: { spec: old } });
  return problemsText(validateObject(request, context).problems);
}

test('security 8 P5: with OIDC off a policy can be neither made nor changed', () => {
  const off = contextWith();
  assert.match(refusal({ from: [{ sub: 'a' }] }, undefined, off), /^oidc-authentication feature not enabled\n/);
  assert.match(refusal({ from: [{ sub: 'a' }] }, { from: [] }, off), /^oidc-authentication feature not enabled\n/);
});

test('security 8 P6: from a reference and a subject at once is refused', () => {
  assert.equal(
    refusal({ from: [{ ref, sub: 'a' }] }),
    'expected exactly one, got both: spec.from[0].ref, spec.from[0].sub',
  );
});

test('security 4.1: what each entry has to say', () => {
  assert.equal(
    refusal({ from: [{ sub: '' }] }),
    'expected exactly one, got neither: spec.from[0].ref, spec.from[0].sub',
  );
  assert.equal(
    refusal({ from: [{ ref: { kind: 'PingSource' } }] }),
    'missing field(s): spec.from[0].ref.name, spec.from[0].ref.apiVersion',
  );
  assert.equal(refusal({ to: [{}] }), 'expected exactly one, got neither: spec.to[0].ref, spec.to[0].selector');
  assert.equal(
    refusal({ to: [{ ref, selector: {} }] }),
    'expected exactly one, got both: spec.to[0].ref, spec.to[0].selector',
  );
});

test('security 4.1: a star stands at the end of a subject only', () => {
  for (const sub of ['*', 'system:serviceaccount:ns:*']) assert.equal(refusal({ from: [{ sub }] }), '');
  for (const sub of ['*:ns', 'a*b', '**'])
    assert.equal(
      refusal({ from: [{ sub }] }),
      `invalid value: ${sub}: spec.from[0].sub\n'*' is only allowed as suffix`,
    );
});

test('security 4.1: filters are those of Triggers', () => {
  assert.equal(refusal({ filters: [{ prefix: { type: 'valid' } }, { cesql: 'TRUE' }] }), '');
  const text = refusal({ filters: [{ exact: { type: 'a' }, cesql: 'TRUE' }, { cesql: '(' }, { like: {} }] });
  for (const path of ['spec.filters[0].', 'spec.filters[1].cesql', 'spec.filters[2].like'])
    assert.ok(text.includes(path), text);
});
