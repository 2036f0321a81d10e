/**
 * Requests that senders may be expected to send, and those that they should not: the bytes, and what becomes of them. `testdata` holds them one a
 * line, one character a byte; values that are no UTF-8 are in hexadecimal.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Resource } from '@eventing-kafka/contract';
import type { OutgoingRecord } from '@eventing-kafka/kafka-client';
import { ContractHistory } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { openConnection } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { Ingress } from './start-ingress.ts';

/** Text, or bytes that are none. */
type Bytes = string | { readonly hex: string } | null;

interface OddRequest {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly records?: readonly {
    readonly topic: string;
    readonly key: Bytes;
    readonly headers: readonly (readonly [string, Bytes])[];
    readonly value: Bytes;
  }[];
}

const { resources, cases } = JSON.parse(
  readFileSync(new URL('../testdata/odd-requests.out.json', import.meta.url), 'utf8'),
) as { readonly resources: readonly object[]; readonly cases: readonly OddRequest[] };

const kafka = new ScriptedKafka();
let ingress: Ingress;

before(async () => {
  ingress = await startTestIngress(kafka);
  const served = resources.map((one) => Resource.fromJSON({ ...one, bootstrapServers: 'kafka:9092' }));
  await ingress.apply(new ContractHistory().next(...served));
});

after(() => ingress[Symbol.asyncDispose]());

function bytes(value: string | Buffer | null): Bytes {
  if (value === null) return null;
  const buffer = Buffer.from(value);
  const text = buffer.toString();
  return Buffer.from(text).equals(buffer) ? text : { hex: buffer.toString('hex') };
}

/** A record as `testdata` tells it; extensions have no order, and neither has anything else here. */
function told({ topic, key, headers, value }: OutgoingRecord): NonNullable<OddRequest['records']>[number] {
  return {
    topic,
    key: bytes(key ?? null),
    headers: headers.map((header) => [header.name, bytes(header.value)] as const).toSorted(byName),
    value: bytes(value ?? null),
  };
}

function byName(a: readonly [string, Bytes], b: readonly [string, Bytes]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

describe('odd requests', () => {
  for (const { name, request, status, records = [] } of cases) {
    test(name, async () => {
      kafka.sent.length = 0;
      await using connection = await openConnection(ingress.port);
      connection.write(request);
      const answer = await connection.answer();
      assert.equal(answer?.status, status, answer?.body);
      if (status >= 400) assert.match(answer.body, /^[^\n]{10,}\n$/, 'it is told why');
      assert.deepEqual(
        kafka.sent.map(told),
        records.map((record) => ({ ...record, headers: record.headers.toSorted(byName) })),
      );
    });
  }
});
