import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validEgress, validResource } from '../testing/contracts.ts';
import { egressesEqual } from './equality.ts';
import { Resource, resourcesEqual, type Egress } from './index.ts';

describe('resources', () => {
  test('are equal whatever the order of their egresses', () => {
    const [one, two] = [validEgress({ uid: 'one' }), validEgress({ uid: 'two' })];
    assert.ok(resourcesEqual(validResource({ egresses: [one, two] }), validResource({ egresses: [two, one] })));
  });

  test('are equal when one leaves out what has its default in the other', () => {
    const { egressConfig: _1, cloudEventOverrides: _2, ...short } = validResource();
    assert.ok(resourcesEqual(short as Resource, validResource()));
  });

  test('are equal after a way over the wire and through JSON', () => {
    const resource = validResource({
      auth: { $case: 'authSecret', value: { name: 'secret', namespace: 'ns', version: '7' } },
      cloudEventOverrides: { extensions: { tenant: 'x', region: 'y' } },
    });
    assert.ok(resourcesEqual(Resource.decode(Resource.encode(resource).finish()), resource));
    assert.ok(resourcesEqual(Resource.fromJSON(Resource.toJSON(resource)), resource));
  });

  const changes: Record<string, Parameters<typeof validResource>[0]> = {
    'a topic': { topics: ['other'] },
    'an extension': { cloudEventOverrides: { extensions: { a: 'b' } } },
    'the version of a secret': { auth: { $case: 'authSecret', value: { version: '8' } } },
    'a feature flag': { featureFlags: { enableEventTypeAutocreate: true } },
    'one egress less': { egresses: [] },
    'an egress twice': { egresses: [validEgress(), validEgress()] },
    'another egress': { egresses: [validEgress({ uid: 'other' })] },
    'a field of an egress': { egresses: [validEgress({ oidcServiceAccountName: 'other' })] },
  };
  for (const [name, change] of Object.entries(changes)) {
    test(`differ by ${name}`, () => assert.equal(resourcesEqual(validResource(change), validResource()), false));
  }
});

test('every field of an egress counts', () => {
  const egress: Egress = validEgress();
  for (const [field, value] of Object.entries(egress)) {
    const other =
      typeof value === 'string'
        ? `${value}x`
        : typeof value === 'number'
          ? value + 1
          : Array.isArray(value)
            ? [{ filter: undefined }]
            : { $case: 'discardReply', value: {} };
    assert.equal(egressesEqual({ ...egress, [field]: other }, egress), false, field);
  }
});
