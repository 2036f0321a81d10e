import type { SecretStore, StoredSecret } from '../src/index.ts';

/** Secrets in memory, with the rules of the real ones: a write that was decided on something else is turned away. */
export class MemoryStore implements SecretStore {
  readonly secrets = new Map<string, StoredSecret>();
  #version = 0;

  read(name: string): Promise<StoredSecret | undefined> {
    return Promise.resolve(this.secrets.get(name));
  }

  write(name: string, data: StoredSecret['data'], before: StoredSecret | undefined): Promise<StoredSecret | undefined> {
    if (this.secrets.get(name)?.version !== before?.version) return Promise.resolve(undefined);
    return Promise.resolve(this.put(name, data));
  }

  /** As somebody else would, who asks nobody. */
  put(name: string, data: StoredSecret['data'], keptBy?: string): StoredSecret {
    this.#version += 1;
    const secret = { data, version: String(this.#version), ...(keptBy === undefined ? {} : { keptBy }) };
    this.secrets.set(name, secret);
    return secret;
  }
}
