import type { ExpectedProcess } from '@eventing-kafka/contract-stream';
import type { Roster } from '../src/index.ts';

/** A roster that a test changes. */
export class TestRoster implements Roster {
  #expected: readonly ExpectedProcess[];
  #wake: () => void = () => undefined;

  constructor(...expected: readonly ExpectedProcess[]) {
    this.#expected = expected;
  }

  expected(): readonly ExpectedProcess[] {
    return this.#expected;
  }

  set(...expected: readonly ExpectedProcess[]): void {
    this.#expected = expected;
    this.#wake();
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const over = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    for (;;) {
      const news = new Promise<string>((resolve) => (this.#wake = () => resolve('news')));
      if ((await Promise.race([news, over])) !== 'news') return;
      yield;
    }
  }
}

/** A Pod of the shared data plane. */
export function pod(kind: 'receiver' | 'dispatcher', nodeId: string, ready = true): ExpectedProcess {
  return { nodeId, kind, namespace: '', resourceKinds: [], ready };
}
