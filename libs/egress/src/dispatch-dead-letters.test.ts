import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatched, kind, onlyError, requests, type Row } from '../testing/dispatched.ts';

const rows: readonly Row[] = [
  {
    name: 'dispatcher 21 D3 a failed event goes to the dead letter sink',
    setup: { subscriber: () => 500, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 1, 1, 0]);
    },
  },
  {
    name: 'dispatcher 21 D4 an event that fails there too is lost',
    setup: { subscriber: () => 500, deadLetter: () => 500 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 1, 0]);
    },
  },
  {
    name: 'dispatcher 21 D9 a name that does not resolve makes a dead letter without code and data',
    setup: { destination: 'http://fake.svc.cluster.invalid', deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual(onlyError(result), { 'ce-knativeerrordest': 'http://fake.svc.cluster.invalid' });
      assert.equal(result.d.requests[0]?.headers['kn-namespace'], 'ns');
    },
  },
  {
    name: 'dispatcher 21 D10, dispatcher 21 D11: a dead letter tells destination, code, data and kne- headers of the failure',
    setup: {
      subscriber: () => ({
        status: 422,
        body: '{ "message": "bad bad things happened" }',
        headers: { 'kne-testerror': 'hello', something: 'nope' },
      }),
      deadLetter: () => 204,
    },
    check: (result) => {
      const dead = result.d.requests[0];
      assert.deepEqual(onlyError(result), {
        'ce-knativeerrordest': result.plan.delivery.subscriber.url,
        'ce-knativeerrorcode': '422',
        'ce-knativeerrordata': Buffer.from('{ "message": "bad bad things happened" }').toString('base64'),
      });
      assert.deepEqual(
        [dead?.id, dead?.headers['ce-testerror'], dead?.headers['ce-something'], dead?.body.toString()],
        ['abc', 'hello', undefined, '{"a": 1}'],
      );
    },
  },
  {
    name: 'dispatcher 21 D12 kne- headers that name no extension are left out',
    setup: {
      subscriber: () => ({ status: 500, headers: { 'kne-foo-bar': 'x', 'kne-id': 'y', 'KNE-Ok1': 'z' } }),
      deadLetter: () => 204,
    },
    check: ({ d, report }) => {
      assert.deepEqual(
        [d.requests[0]?.id, d.requests[0]?.headers['ce-ok1'], report.outcome.kind],
        ['abc', 'z', 'dead-lettered'],
      );
    },
  },
  {
    name: 'dispatcher 21 D14 a destination of a scheme nobody can post to goes to the dead letter sink',
    setup: { destination: 'bad://uri', deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 0, 1, 0]);
    },
  },
  {
    name: 'dispatcher 21 D25 error extensions of an earlier failure do not survive',
    setup: {
      subscriber: () => 'close',
      deadLetter: () => 204,
      headers: { ce_knativeerrorcode: '500', ce_knativeerrordata: 'eA==' },
    },
    check: (result) => {
      assert.deepEqual(Object.keys(onlyError(result)), ['ce-knativeerrordest']);
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
