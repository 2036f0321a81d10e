import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatched, event, kind, requests, type Row } from '../testing/dispatched.ts';

const rows: readonly Row[] = [
  {
    name: 'dispatcher 21 D2 a 2xx delivers',
    setup: { deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 1, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 D5 an undecodable record is discarded without a request',
    setup: { deadLetter: () => 204, value: Buffer.from([1, 4]), headers: { ce_specversion: '9' } },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['discarded', 0, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 K8 a record of a KafkaSource that is no event is wrapped into one, and overrides are set on it',
    setup: {
      resource: {
        reference: { kind: 'KafkaSource', namespace: 'ns', name: 'ks' },
        cloudEventOverrides: { extensions: { tenant: 'a' } },
      },
      headers: { ce_specversion: '9' },
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 1, 0, 0]);
      const headers = result.s.requests[0]?.headers;
      assert.deepEqual(
        [headers?.['ce-source'], headers?.['ce-tenant'], headers?.['ce-knativekafkaoffset']],
        ['/apis/v1/namespaces/ns/kafkasources/ks#t1', 'a', '0'],
      );
    },
  },
  {
    name: 'dispatcher 21 D15 requests carry Prefer and Kn-Namespace; subscriber and dead letter partition and offset, a reply URL neither',
    setup: {
      subscriber: () => ({ status: 200, headers: event() }),
      replyUrl: () => 503,
      deadLetter: () => 204,
      place: { partition: 3, offset: 7 },
    },
    check: ({ s, d, r }) => {
      for (const request of [s.requests[0], d.requests[0], r.requests[0]])
        assert.deepEqual([request?.headers['prefer'], request?.headers['kn-namespace']], ['reply', 'ns']);
      for (const request of [s.requests[0], d.requests[0]])
        assert.deepEqual(
          [request?.headers['ce-knativekafkapartition'], request?.headers['ce-knativekafkaoffset']],
          ['3', '7'],
        );
      assert.equal(r.requests[0]?.headers['ce-knativekafkaoffset'], undefined);
    },
  },
  {
    name: 'an event of version 0.3 goes on as 0.3, and as 1.0 to the dead letter sink',
    setup: {
      subscriber: () => 400,
      deadLetter: () => 204,
      headers: { ce_specversion: '0.3', ce_schemaurl: 'http://schema' },
    },
    check: ({ s, d }) => {
      assert.deepEqual(
        [s.requests[0]?.headers['ce-specversion'], s.requests[0]?.headers['ce-schemaurl']],
        ['0.3', 'http://schema'],
      );
      assert.deepEqual(
        [d.requests[0]?.headers['ce-specversion'], d.requests[0]?.headers['ce-dataschema']],
        ['1.0', 'http://schema'],
      );
    },
  },
  {
    name: 'dispatcher 21 X2 extensions of the events of a source stay texts, and overrides of their names win',
    setup: {
      resource: {
        reference: { kind: 'KafkaSource', namespace: 'ns', name: 'ks' },
        cloudEventOverrides: { extensions: { comexampleothervalue: 'over' } },
      },
      headers: { ce_comexampleextension1: 'value', ce_comexampleothervalue: '5' },
    },
    check: ({ s }) => {
      const headers = s.requests[0]?.headers;
      assert.deepEqual([headers?.['ce-comexampleextension1'], headers?.['ce-comexampleothervalue']], ['value', 'over']);
    },
  },
  {
    name: 'dispatcher 21 X1 overrides and both kafka extensions are set, overrides win',
    setup: {
      resource: { cloudEventOverrides: { extensions: { a: 'foo', b: 'bar' } } },
      headers: { ce_a: 'old' },
      place: { partition: 1, offset: 1 },
    },
    check: ({ s }) => {
      const headers = s.requests[0]?.headers ?? {};
      assert.deepEqual(
        [headers['ce-a'], headers['ce-b'], headers['ce-knativekafkapartition'], headers['ce-knativekafkaoffset']],
        ['foo', 'bar', '1', '1'],
      );
    },
  },
  {
    name: 'trace context of the record is forwarded, other record headers are not',
    setup: {
      headers: {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'a=b',
        baggage: 'c=d',
        other: 'x',
      },
    },
    check: ({ s }) => {
      const headers = s.requests[0]?.headers ?? {};
      assert.deepEqual(
        [headers['traceparent'], headers['tracestate'], headers['baggage'], headers['other']],
        ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'a=b', 'c=d', undefined],
      );
    },
  },
  {
    name: 'format json posts one JSON body',
    setup: { config: { format: 'json' } },
    check: ({ s }) => {
      assert.equal(s.requests[0]?.headers['content-type'], 'application/cloudevents+json');
      assert.deepEqual((JSON.parse(s.requests[0].body.toString()) as { data: unknown }).data, { a: 1 });
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
