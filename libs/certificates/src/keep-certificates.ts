import { carryOut } from './carry-out.ts';
import { CertificateError } from './certificate-error.ts';
import {
  planCertificates,
  type CertificateStep,
  type ObservedSecrets,
  type SecretData,
  type StoredSecret,
} from './certificate-plan.ts';
import { checkTlsMaterial, type TlsMaterial, type TlsMaterialSource } from './tls-material.ts';
import type { WantedCertificates } from './wanted-certificates.ts';

/**
 * Where Secrets are. Several keepers may share them (replicas of a controller, an old leader that does not know yet): a write
 * names what it was decided on, so that of two the later one is turned away and looks again.
 */
export interface SecretStore {
  /** The Secret of this name, decoded; undefined when there is none. */
  read(name: string): Promise<StoredSecret | undefined>;
  /**
   * Replaces all data of a Secret if it is still `before` (on Kubernetes: created only if there is none, else written with
   * its `resourceVersion`). Gives what is there then; undefined when somebody else was faster, and nothing was written.
   */
  write(name: string, data: SecretData, before: StoredSecret | undefined): Promise<StoredSecret | undefined>;
}

/** What a keeper did or could not do, for a log. Holds no keys. */
export type CertificateEvent =
  | { readonly kind: 'written'; readonly step: CertificateStep }
  /** Somebody else wrote the Secret first; what they wrote is used. */
  | { readonly kind: 'overtaken'; readonly step: CertificateStep }
  /** Reading or writing failed; what was kept goes on being served. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly retryInMs: number };

export interface CertificateKeeperOptions {
  readonly store: SecretStore;
  readonly wanted: WantedCertificates;
  readonly clock: {
    now(): Date;
    /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
    sleep(ms: number, signal: AbortSignal): Promise<void>;
  };
  /** Ends the keeping, as disposing does. */
  readonly signal: AbortSignal;
  readonly report?: (event: CertificateEvent) => void;
  /** How often the Secrets are looked at when nothing is due: somebody may have touched them. 1 minute when absent. */
  readonly checkEveryMs?: number;
}

/** Keeps Secrets until it is disposed, which waits for a write under way. */
export interface CertificateKeeper extends AsyncDisposable {
  /**
   * What the Secret of a leaf holds, as soon as it was written: for serving with it in this process.
   *
   * @throws TypeError when `secretName` is not among the wanted leaves
   */
  materialOf(secretName: string): TlsMaterialSource;
}

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** A plan leads to the end in fewer steps than that, unless somebody undoes what is written. */
const mostStepsAtOnce = 100;

/**
 * Keeps the Secrets of `wanted` as {@link planCertificates} says. Resolves when all leaves are there, which takes as long as
 * the store fails.
 *
 * @throws CertificateError `CERTIFICATE_KEEPER_CLOSED` when `signal` aborts before; `CERTIFICATE_LIFETIMES`
 */
export async function keepCertificates(options: CertificateKeeperOptions): Promise<CertificateKeeper> {
  planCertificates(new Map(), options.wanted, options.clock.now());
  const keeper = new SecretKeeper(options);
  await keeper.complete;
  return keeper;
}

class SecretKeeper implements CertificateKeeper {
  /** Resolves when there is material of every leaf. */
  readonly complete: Promise<void>;
  readonly #options: CertificateKeeperOptions;
  readonly #material = new Map<string, KeptMaterial>();
  readonly #disposing = new AbortController();
  readonly #running: Promise<void>;
  readonly #completed = Promise.withResolvers<undefined>();

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.complete = this.#completed.promise;
    this.#running = this.#keep(AbortSignal.any([options.signal, this.#disposing.signal]));
  }

  materialOf(secretName: string): TlsMaterialSource {
    const material = this.#material.get(secretName);
    if (material === undefined) throw new TypeError(`The Secret ${secretName} is not among the leaves that are kept`);
    return material;
  }

  async #keep(over: AbortSignal): Promise<void> {
    const { clock, checkEveryMs = 60_000, report } = this.#options;
    let failures = 0;
    while (!over.aborted) {
      let waitMs = checkEveryMs;
      try {
        const nextAt = await this.#bringUpToDate(over);
        failures = 0;
        waitMs = Math.max(0, Math.min(checkEveryMs, nextAt.getTime() - clock.now().getTime()));
      } catch (error) {
        waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
        failures += 1;
        report?.({ kind: 'failed', error, retryInMs: waitMs });
      }
      await clock.sleep(waitMs, over);
    }
    this.#completed.reject(
      new CertificateError(
        'CERTIFICATE_KEEPER_CLOSED',
        'The keeper of certificates was stopped before there were any; is the store that it writes to away?',
      ),
    );
  }

  /** Writes until nothing is left to write; gives the time when there will be. */
  async #bringUpToDate(over: AbortSignal): Promise<Date> {
    const { wanted, clock } = this.#options;
    let observed = await this.#readAll();
    for (let steps = 0; steps < mostStepsAtOnce && !over.aborted; steps += 1) {
      const now = clock.now();
      const { steps: planned, nextAt } = planCertificates(observed, wanted, now);
      const [step] = planned;
      if (step === undefined) {
        const unusable = this.#publish(observed, now);
        if (unusable.length > 0) throw keptBadly(unusable);
        return nextAt;
      }
      observed = await this.#take(step, observed, now).catch((error: unknown) => {
        // What is there may still be served with.
        this.#publish(observed, now);
        throw error;
      });
    }
    return clock.now();
  }

  async #take(step: CertificateStep, observed: ObservedSecrets, now: Date): Promise<ObservedSecrets> {
    const { store, wanted, report } = this.#options;
    const { secretName } = step;
    const data = await carryOut(step, observed, wanted, now);
    const written = await store.write(secretName, data, observed.get(secretName));
    report?.({ kind: written === undefined ? 'overtaken' : 'written', step });
    return written === undefined ? this.#readAll() : new Map(observed).set(secretName, written);
  }

  async #readAll(): Promise<ObservedSecrets> {
    const { store, wanted } = this.#options;
    const names = [wanted.authority, ...wanted.leaves].map(({ secretName }) => secretName);
    const read = names.map(async (name) => [name, await store.read(name)] as const);
    return new Map(await Promise.all(read));
  }

  /** Gives on what can be served with; tells the names of the Secrets that cannot. */
  #publish(observed: ObservedSecrets, now: Date): readonly string[] {
    const { leaves } = this.#options.wanted;
    const unusable: string[] = [];
    for (const { secretName } of leaves) {
      const { 'ca.crt': ca = '', 'tls.crt': cert = '', 'tls.key': key = '' } = observed.get(secretName)?.data ?? {};
      const material = { ca, cert, key };
      if (!isUsable(material, now)) {
        unusable.push(secretName);
        continue;
      }
      const kept = this.#material.get(secretName);
      if (kept === undefined) this.#material.set(secretName, new KeptMaterial(material));
      else kept.replace(material);
    }
    if (leaves.every(({ secretName }) => this.#material.has(secretName))) this.#completed.resolve(undefined);
    return unusable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing.abort();
    await this.#running;
  }
}

/** Nothing is left to write, because somebody else keeps these Secrets or the authority. */
function keptBadly(secretNames: readonly string[]): CertificateError {
  return new CertificateError(
    'CERTIFICATE_UNUSABLE',
    `The Secrets ${secretNames.join(', ')} hold nothing to serve with, and somebody else keeps them or their authority; ` +
      'look there, or delete them to have them issued here',
  );
}

function isUsable(material: TlsMaterial, now: Date): boolean {
  try {
    checkTlsMaterial(material, now);
    return true;
  } catch {
    return false;
  }
}

/** Material that tells its users when it is replaced. */
class KeptMaterial implements TlsMaterialSource {
  #current: TlsMaterial;
  readonly #watchers = new Set<() => void>();

  constructor(material: TlsMaterial) {
    this.#current = material;
  }

  get current(): TlsMaterial {
    return this.#current;
  }

  watch(changed: () => void): () => void {
    const watcher = (): void => changed();
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  replace(material: TlsMaterial): void {
    const { ca, cert, key } = this.#current;
    if (ca === material.ca && cert === material.cert && key === material.key) return;
    this.#current = material;
    for (const watcher of [...this.#watchers]) watcher();
  }
}
