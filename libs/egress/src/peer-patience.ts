/** Of somebody who was found dead. */
interface Finding {
  /** The last sign before; undefined once another came after all. */
  lastBeat: number | undefined;
  falseAlarms: number;
  /** When it was found dead, or came back, or was silent for so long that it would have been found dead without patience. */
  atMs: number;
}

/** What happened this long ago says nothing any more. */
const forgetAfterMs = 5 * 60_000;

/**
 * How long each of the others may be silent until it counts as dead. Whoever goes on giving signs after it was found dead was only slow, as
 * one is that gets little of a processor: from then on twice the time is waited for it, each time, up to where Kafka decides by itself.
 * After some quiet minutes that is forgotten.
 */
export class PeerPatience {
  readonly #leastMs: number;
  readonly #mostMs: number;
  readonly #findings = new Map<string, Finding>();

  constructor({ leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number }) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
  }

  /** Whether somebody is dead who was silent for `silentMs`. */
  isOver(name: string, silentMs: number, nowMs: number): boolean {
    if (silentMs < this.#leastMs) return false;
    this.#forget(nowMs);
    const finding = this.#findings.get(name);
    if (finding === undefined) return true;
    if (silentMs >= Math.min(this.#mostMs, this.#leastMs * 2 ** finding.falseAlarms)) return true;
    finding.atMs = nowMs;
    return false;
  }

  /** Somebody was found dead whose last sign was `lastBeat`, here or by another process. */
  foundDead(name: string, lastBeat: number, nowMs: number): void {
    const { falseAlarms = 0 } = this.#findings.get(name) ?? {};
    this.#findings.set(name, { lastBeat, falseAlarms, atMs: nowMs });
  }

  /** Somebody gave a sign that was not seen before. */
  heard(name: string, beat: number, nowMs: number): void {
    this.#forget(nowMs);
    const finding = this.#findings.get(name);
    if (finding?.lastBeat === undefined || beat === finding.lastBeat) return;
    if (beat < finding.lastBeat) {
      // Another process of the same name, which begins to count anew: it did die.
      this.#findings.delete(name);
      return;
    }
    finding.lastBeat = undefined;
    finding.falseAlarms += 1;
    finding.atMs = nowMs;
  }

  #forget(nowMs: number): void {
    for (const [name, { atMs }] of this.#findings) if (nowMs - atMs > forgetAfterMs) this.#findings.delete(name);
  }
}
