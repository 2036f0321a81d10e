import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNameTemplate } from './name-template.ts';

const metadata = {
  namespace: 'shop',
  name: 'orders',
  uid: 'u-1',
  labels: { team: 'blue' },
  annotations: { 'a.b/c': 'x' },
};

test('control-plane 24.1 B30: a template names the topic from the metadata of its Broker', () => {
  const template = parseNameTemplate('custom-broker-template.{{ .Namespace }}-{{ .Name }}');
  assert.equal(template?.(metadata), 'custom-broker-template.shop-orders');
});

test('a template may use the uid, labels and annotations, with or without spaces', () => {
  const template = parseNameTemplate(
    '{{.UID}}.{{ index .Labels "team" }}.{{ index .Annotations "a.b/c" }}.{{ index .Labels "none" }}',
  );
  assert.equal(template?.(metadata), 'u-1.blue.x.');
});

test('a template with anything else in it is refused', () => {
  for (const text of ['{{ .Spec }}', '{{ if .Name }}x{{ end }}', 'a {{', '}}'])
    assert.equal(parseNameTemplate(text), undefined, text);
});
