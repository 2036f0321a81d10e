import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';

function refusal(
  name: string,
  data: Record<string, string>,
  old?: Record<string, string>,
  namespace = 'knative-eventing',
): string {
  const request = requestFor(
    'ConfigMap',
    { name, data },
    { namespace, ...(old === undefined ? {} : { old: { name, data: old } }) },
  );
  return problemsText(validateObject(request, contextWith()).problems);
}

test('control-plane 24.9 Features: an empty ConfigMap is let in', () => {
  for (const name of ['config-features', 'config-kafka-features', 'config-br-defaults'])
    assert.equal(refusal(name, {}), '');
});

test('security X10: a flag with a value that nobody knows is refused', () => {
  assert.match(
    refusal('config-features', { 'authentication-oidc': 'enabeld' }),
    /^invalid value: enabeld: data\[authentication-oidc\]/,
  );
  assert.match(refusal('config-features', { 'delivery-timeout': 'on' }), /data\[delivery-timeout\]\nexpected one of/);
  assert.match(
    refusal('config-kafka-features', { 'dispatcher-rate-limiter': 'yes' }),
    /data\[dispatcher-rate-limiter\]/,
  );
});

test('control-plane 18.2: values count whatever their case; flags of others and examples are let through', () => {
  const data = {
    'transport-encryption': 'Strict',
    'new-trigger-filters': 'whatever',
    _example: 'authentication-oidc: maybe',
  };
  assert.equal(refusal('config-features', data), '');
});

test('control-plane 24.9 Features: a template that does not parse is refused', () => {
  assert.equal(refusal('config-kafka-features', { 'brokers-topic-template': '{{ .UID }}' }), '');
  assert.match(
    refusal('config-kafka-features', { 'brokers-topic-template': '{{ .Spec }}' }),
    /data\[brokers-topic-template\]/,
  );
});

test('defaults that are no YAML, or have text where a mapping belongs, are refused', () => {
  for (const text of ['a: [', 'clusterDefault: Kafka'])
    assert.match(refusal('config-br-defaults', { 'default-br-config': text }), /data\[default-br-config\]/);
});

test('what was wrong before does not keep anybody from mending the rest', () => {
  const old = { 'transport-encryption': 'strickt', 'authentication-oidc': 'on' };
  assert.equal(refusal('config-features', { ...old, 'authentication-oidc': 'enabled' }, old), '');
});

test('ConfigMaps of other names and namespaces are nobody’s business here', () => {
  const data = { 'authentication-oidc': 'perhaps' };
  assert.equal(refusal('my-config', data), '');
  assert.equal(refusal('config-features', data, undefined, 'other'), '');
});
