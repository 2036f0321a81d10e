import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from '../testing/memory-store.ts';
import { after, dayMs, hourMs, start, wanted } from '../testing/wanted.ts';
import {
  carryOut,
  inspectCertificate,
  isCertificateError,
  isIssuedBy,
  planCertificates,
  splitBundle,
  type SecretData,
  type WantedCertificates,
} from './index.ts';

/** Takes up to `most` steps at `now`, and tells which. */
async function keep(store: MemoryStore, now: Date, most = 100, certificates = wanted): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < most) {
    const [step] = planCertificates(store.secrets, certificates, now).steps;
    if (step === undefined) break;
    store.put(step.secretName, await carryOut(step, store.secrets, certificates, now));
    taken.push(`${step.kind} ${step.secretName}`);
  }
  return taken;
}

const dataOf = (store: MemoryStore, name: string): SecretData => store.secrets.get(name)?.data ?? {};
const nextAt = (store: MemoryStore, now: Date): Date => planCertificates(store.secrets, wanted, now).nextAt;

describe('what a keeper of certificates writes', () => {
  let fresh: MemoryStore;
  before(async () => {
    fresh = new MemoryStore();
    await keep(fresh, start);
  });
  const copy = (): MemoryStore => {
    const store = new MemoryStore();
    for (const [name, { data }] of fresh.secrets) store.put(name, data);
    return store;
  };

  test('at first is an authority, and leaves that it signed', async () => {
    const store = new MemoryStore();
    assert.deepEqual(await keep(store, start), ['create-authority ca', 'issue-leaf controller', 'issue-leaf receiver']);
    const controller = dataOf(store, 'controller');
    assert.deepEqual(Object.keys(controller).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
    assert.deepEqual(inspectCertificate(controller['tls.crt']!).uris, wanted.leaves[0]!.uris);
    assert.deepEqual(inspectCertificate(controller['tls.crt']!).notAfter, after(dayMs));
    assert.ok(isIssuedBy(controller['tls.crt']!, dataOf(store, 'receiver')['ca.crt']!));
    assert.deepEqual(await keep(store, start), []);
  });

  test('is nothing before two thirds of a life of a leaf, and then new leaves', async () => {
    const store = copy();
    const due = nextAt(store, start);
    // The life begins 5 minutes before it was made.
    assert.deepEqual(due, after(-5 * 60_000 + (2 / 3) * (dayMs + 5 * 60_000)));
    assert.deepEqual(await keep(store, new Date(due.getTime() - 1)), []);
    assert.deepEqual(await keep(store, due), ['issue-leaf controller', 'issue-leaf receiver']);
  });

  const replaced: Record<string, [change: (store: MemoryStore) => void, steps: string[]]> = {
    'a leaf that was deleted': [(store) => store.secrets.delete('receiver'), ['issue-leaf receiver']],
    'a leaf that is garbage': [
      (store) => store.put('receiver', { ...dataOf(store, 'receiver'), 'tls.crt': 'garbage' }),
      ['issue-leaf receiver'],
    ],
    'a leaf whose key is that of another': [
      (store) => store.put('receiver', { ...dataOf(store, 'receiver'), 'tls.key': dataOf(store, 'ca')['tls.key']! }),
      ['issue-leaf receiver'],
    ],
    'a leaf for other names': [(store) => store.put('receiver', dataOf(store, 'controller')), ['issue-leaf receiver']],
    'an empty leaf': [(store) => store.put('receiver', {}), ['issue-leaf receiver']],
    'only the authorities of a leaf, when those are wrong': [
      (store) => store.put('receiver', { ...dataOf(store, 'receiver'), 'ca.crt': 'garbage' }),
      ['distribute-authorities receiver'],
    ],
    'everything, when the authority was deleted': [
      (store) => store.secrets.delete('ca'),
      ['create-authority ca', 'issue-leaf controller', 'issue-leaf receiver'],
    ],
    'everything, when the authority is garbage': [
      (store) => store.put('ca', { ...dataOf(store, 'ca'), 'tls.key': 'garbage' }),
      ['create-authority ca', 'issue-leaf controller', 'issue-leaf receiver'],
    ],
    'everything, when a leaf stands in the place of the authority': [
      (store) => store.put('ca', dataOf(store, 'controller')),
      ['create-authority ca', 'issue-leaf controller', 'issue-leaf receiver'],
    ],
    'nothing of a leaf that somebody else keeps': [
      (store) => store.put('receiver', { 'tls.crt': 'of cert-manager' }, 'cert-manager'),
      [],
    ],
    'nothing at all when somebody else keeps all leaves': [
      (store) => {
        store.secrets.clear();
        for (const { secretName } of wanted.leaves) store.put(secretName, {}, 'cert-manager');
      },
      [],
    ],
    'nothing that an authority of somebody else cannot sign': [
      (store) => {
        store.secrets.clear();
        store.put('ca', {}, 'cert-manager');
      },
      [],
    ],
  };
  for (const [name, [change, steps]] of Object.entries(replaced)) {
    test(`is ${name}`, async () => {
      const store = copy();
      change(store);
      assert.deepEqual(await keep(store, start), steps);
    });
  }

  test('in the last third of the life of an authority makes the next one known before it signs, and forgets the old one', async () => {
    const store = copy();
    const old = dataOf(store, 'ca')['tls.crt']!;
    const due = after(-5 * 60_000 + (2 / 3) * (365 * dayMs + 5 * 60_000));
    await keep(store, new Date(due.getTime() - 1));
    assert.deepEqual(await keep(store, due), [
      'prepare-next-authority ca',
      'distribute-authorities controller',
      'distribute-authorities receiver',
      'note-distributed ca',
    ]);
    assert.equal(splitBundle(dataOf(store, 'receiver')['ca.crt']!).length, 2);
    assert.ok(isIssuedBy(dataOf(store, 'receiver')['tls.crt']!, old));
    const distributed = new Date(due.getTime() + 10 * 60_000);
    assert.deepEqual(nextAt(store, due), distributed);
    assert.deepEqual(await keep(store, new Date(distributed.getTime() - 1)), []);
    assert.deepEqual(await keep(store, distributed), [
      'promote-next-authority ca',
      'issue-leaf controller',
      'issue-leaf receiver',
    ]);
    assert.ok(!JSON.stringify(dataOf(store, 'ca')).includes('next.key'));
    assert.ok(!isIssuedBy(dataOf(store, 'receiver')['tls.crt']!, old));
    assert.equal(splitBundle(dataOf(store, 'receiver')['ca.crt']!).length, 2);
    const retired = new Date(distributed.getTime() + dayMs);
    assert.deepEqual(await keep(store, retired), [
      'retire-previous-authority ca',
      'issue-leaf controller',
      'issue-leaf receiver',
    ]);
    assert.equal(dataOf(store, 'receiver')['ca.crt'], dataOf(store, 'ca')['tls.crt']);
  });

  test('does not wait for the next authority to be known when the present one is gone', async () => {
    const store = copy();
    await keep(store, after(300 * dayMs));
    store.put('ca', { ...dataOf(store, 'ca'), 'tls.crt': 'garbage' });
    const next = dataOf(store, 'ca')['next.crt']!;
    assert.deepEqual(await keep(store, after(300 * dayMs)), [
      'promote-next-authority ca',
      'issue-leaf controller',
      'issue-leaf receiver',
    ]);
    assert.equal(dataOf(store, 'ca')['tls.crt'], next);
  });

  test('cannot be planned when leaves outlive the time in which an authority is replaced', () => {
    const authority = { ...wanted.authority, validForMs: 3 * dayMs };
    assert.throws(
      () => planCertificates(new Map(), { ...wanted, authority }, start),
      (error) => isCertificateError(error) && error.code === 'CERTIFICATE_LIFETIMES',
    );
  });
});

/** A process that has read its Secret, and reads it again within `distributionMs` of each change. */
interface Process {
  readonly secretName: string;
  data: SecretData;
  changedAt: number | undefined;
}

test('security 6.2: any two processes trust each other at any time, however late each reads its Secret and wherever the keeper is stopped', async () => {
  const minuteMs = 60_000;
  const short: WantedCertificates = {
    authority: { ...wanted.authority, validForMs: 4 * hourMs },
    leaves: wanted.leaves.map((leaf) => ({ ...leaf, validForMs: hourMs })),
    distributionMs: 10 * minuteMs,
  };
  let mostAuthorities = 0;
  const moment = fc.record({
    minutes: fc.integer({ min: 3, max: 9 }),
    writes: fc.constantFrom(0, 1, 1, 2, 100),
    read: fc.tuple(fc.boolean(), fc.boolean()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 70, maxLength: 80, size: 'max' }), async (moments) => {
      const store = new MemoryStore();
      let now = start.getTime();
      await keep(store, start, 100, short);
      const authorities = new Set<string>();
      const processes: Process[] = short.leaves.map(({ secretName }) => ({
        secretName,
        data: dataOf(store, secretName),
        changedAt: undefined,
      }));
      for (const { minutes, writes, read } of moments) {
        now += minutes * minuteMs;
        await keep(store, new Date(now), writes, short);
        authorities.add(dataOf(store, 'ca')['tls.crt']!);
        for (const [index, process] of processes.entries()) {
          const latest = dataOf(store, process.secretName);
          if (latest === process.data) continue;
          process.changedAt ??= now;
          // It reads at the latest so long after a change that it has done so before the next moment could be too late.
          const mustRead = now - process.changedAt >= short.distributionMs! - 9 * minuteMs;
          if (!mustRead && read[index] !== true) continue;
          process.data = latest;
          process.changedAt = undefined;
        }
        for (const one of processes) {
          for (const other of processes) assertTrusts(one.data, other.data, new Date(now));
        }
      }
      mostAuthorities = Math.max(mostAuthorities, authorities.size);
    }),
    // A moment takes milliseconds, so a failure is shown as it was found.
    { numRuns: 4, endOnFailure: true },
  );
  assert.ok(mostAuthorities >= 2, `only ${mostAuthorities} authorities: the test shows nothing`);
});

function assertTrusts(one: SecretData, other: SecretData, now: Date): void {
  const certificate = other['tls.crt']!;
  if (inspectCertificate(certificate).notAfter <= now) return;
  const trusted = splitBundle(one['ca.crt']!).filter((authority) => inspectCertificate(authority).notAfter > now);
  assert.ok(
    trusted.some((authority) => isIssuedBy(certificate, authority)),
    `a certificate is not trusted at ${now.toISOString()}`,
  );
}
