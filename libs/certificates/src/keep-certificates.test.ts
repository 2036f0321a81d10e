import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStore } from '../testing/memory-store.ts';
import { hourMs, start, wanted } from '../testing/wanted.ts';
import {
  inspectCertificate,
  isCertificateError,
  isIssuedBy,
  keepCertificates,
  type CertificateEvent,
  type CertificateKeeperOptions,
  type SecretStore,
} from './index.ts';

/** A clock that stands still until it is moved: whoever sleeps goes on when his time has come. */
class HandClock {
  #now = start.getTime();
  readonly #sleepers = new Set<() => void>();
  /** Called whenever somebody begins to sleep. */
  slept: () => void = () => undefined;

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.#now + ms;
    this.slept();
    while (this.#now < until && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => resolve(undefined);
      this.#sleepers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      await promise;
      this.#sleepers.delete(wake);
    }
  }

  /** Lets time pass, and resolves when whoever was woken sleeps again. */
  async pass(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.slept = () => resolve(undefined);
    this.#now += ms;
    for (const wake of [...this.#sleepers]) wake();
    await promise;
  }
}

function options(
  store: SecretStore,
  clock = new HandClock(),
): CertificateKeeperOptions & { events: CertificateEvent[] } {
  const events: CertificateEvent[] = [];
  return {
    store,
    wanted,
    clock,
    signal: new AbortController().signal,
    report: (event) => void events.push(event),
    events,
  };
}

describe('a keeper of certificates', () => {
  test('is there when all Secrets are, and gives what they hold', async () => {
    const store = new MemoryStore();
    await using keeper = await keepCertificates(options(store));
    const { cert, ca } = keeper.materialOf('controller').current;
    assert.equal(cert, store.secrets.get('controller')?.data['tls.crt']);
    assert.ok(isIssuedBy(cert, ca));
    assert.throws(() => keeper.materialOf('ca'), TypeError);
  });

  test('renews what is due, and tells who serves with it', async () => {
    const store = new MemoryStore();
    const clock = new HandClock();
    await using keeper = await keepCertificates(options(store, clock));
    const source = keeper.materialOf('receiver');
    const first = source.current;
    let changes = 0;
    const stop = source.watch(() => (changes += 1));
    await clock.pass(15 * hourMs);
    assert.equal(source.current, first);
    await clock.pass(2 * hourMs);
    assert.equal(changes, 1);
    assert.ok(inspectCertificate(source.current.cert).notAfter > inspectCertificate(first.cert).notAfter);
    stop();
    await clock.pass(17 * hourMs);
    assert.equal(changes, 1);
  });

  test('repairs within a minute what somebody broke', async () => {
    const store = new MemoryStore();
    const clock = new HandClock();
    await using _keeper = await keepCertificates(options(store, clock));
    store.put('receiver', { 'tls.crt': 'garbage' });
    await clock.pass(60_000);
    assert.equal(inspectCertificate(store.secrets.get('receiver')!.data['tls.crt']!).uris.length, 1);
  });

  test('and another one that begins at the same time end up with the same certificates', async () => {
    const store = new MemoryStore();
    const both = [options(store), options(store)];
    const keepers = await Promise.all(both.map(keepCertificates));
    for (const { secretName } of wanted.leaves) {
      const [one, other] = keepers.map((keeper) => keeper.materialOf(secretName).current);
      assert.deepEqual(one, other);
      assert.ok(isIssuedBy(one!.cert, store.secrets.get('ca')!.data['tls.crt']!));
    }
    assert.ok(both.some(({ events }) => events.some(({ kind }) => kind === 'overtaken')));
    await Promise.all(keepers.map((keeper) => keeper[Symbol.asyncDispose]()));
  });

  test('serves on with what there is while the store fails, and goes on afterwards', async () => {
    const memory = new MemoryStore();
    let away = false;
    const store: SecretStore = {
      read: (name) => (away ? Promise.reject(new Error('the store is away')) : memory.read(name)),
      write: (...args) => memory.write(...args),
    };
    const clock = new HandClock();
    const opts = options(store, clock);
    await using keeper = await keepCertificates(opts);
    const source = keeper.materialOf('controller');
    const first = source.current;
    away = true;
    await clock.pass(17 * hourMs);
    assert.equal(opts.events.at(-1)?.kind, 'failed');
    assert.equal(source.current, first);
    away = false;
    await clock.pass(60_000);
    assert.notEqual(source.current, first);
  });

  test('that may not write serves with good Secrets that are there', async () => {
    const memory = new MemoryStore();
    const clock = new HandClock();
    await (await keepCertificates(options(memory, clock)))[Symbol.asyncDispose]();
    const store: SecretStore = {
      read: (name) => memory.read(name),
      write: () => Promise.reject(new Error('forbidden')),
    };
    const passed = clock.pass(17 * hourMs);
    await using keeper = await keepCertificates(options(store, clock));
    await passed;
    assert.equal(keeper.materialOf('controller').current.cert, memory.secrets.get('controller')?.data['tls.crt']);
  });

  test('says so when somebody else keeps a Secret badly, and waits for better', async () => {
    const store = new MemoryStore();
    store.put('receiver', { 'tls.crt': 'garbage' }, 'cert-manager');
    const clock = new HandClock();
    const opts = options(store, clock);
    const { promise: slept, resolve } = Promise.withResolvers<undefined>();
    clock.slept = () => resolve(undefined);
    const keeping = keepCertificates(opts);
    await slept;
    const [failed] = opts.events.filter((event) => event.kind === 'failed');
    assert.ok(isCertificateError(failed?.error) && failed.error.message.includes('The Secrets receiver hold nothing'));
    const elsewhere = new MemoryStore();
    await (await keepCertificates(options(elsewhere)))[Symbol.asyncDispose]();
    store.put('receiver', elsewhere.secrets.get('receiver')!.data, 'cert-manager');
    await clock.pass(60_000);
    await using keeper = await keeping;
    assert.equal(keeper.materialOf('receiver').current.cert, elsewhere.secrets.get('receiver')!.data['tls.crt']);
  });

  test('that is stopped before it could write says so', async () => {
    const stop = new AbortController();
    const store: SecretStore = {
      read: () => {
        stop.abort();
        return Promise.reject(new Error('the store is away'));
      },
      write: () => Promise.resolve(undefined),
    };
    await assert.rejects(
      keepCertificates({ ...options(store), signal: stop.signal }),
      (error) => isCertificateError(error) && error.code === 'CERTIFICATE_KEEPER_CLOSED',
    );
  });

  test('refuses lives that do not fit at once', async () => {
    const authority = { ...wanted.authority, validForMs: hourMs };
    await assert.rejects(
      keepCertificates({ ...options(new MemoryStore()), wanted: { ...wanted, authority } }),
      (error) => isCertificateError(error) && error.code === 'CERTIFICATE_LIFETIMES',
    );
  });
});
