import { PeerPatience } from './peer-patience.ts';

/** A sign of life: who gave it, and a number that grows with each. */
export interface SignOfLife {
  readonly name: string;
  readonly beat: number;
}

interface Peer {
  beat: number;
  sinceMs: number;
  /** Looks since then. */
  looks: number;
}

/** How often in a row nothing new must be seen of somebody: after a pause of our own, one look says nothing. */
const leastLooks = 4;

/**
 * Tells which of the others give no sign of life any more, from looks at the signs of all. A look that fails is not told, so that a Kafka
 * that answers nobody for a while makes nobody look dead.
 */
export class PeerWatch {
  readonly #silentAfterMs: number;
  readonly #patience: PeerPatience;
  #peers = new Map<string, Peer>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** `silentAfterMs`: how long somebody must be silent; up to `mostSilentMs` when that was a false alarm before. */
  constructor(silentAfterMs: number, mostSilentMs: number) {
    this.#silentAfterMs = silentAfterMs;
    this.#patience = new PeerPatience({ leastMs: silentAfterMs, mostMs: mostSilentMs });
  }

  /**
   * What was seen now; who is silent for too long, each once. Who is not seen at all any more is not watched either: somebody took their
   * place.
   */
  look(signs: readonly SignOfLife[], nowMs: number): readonly string[] {
    this.#forgive(nowMs);
    const peers = new Map<string, Peer>();
    const silent: string[] = [];
    for (const { name, beat } of signs) {
      const known = peers.get(name) ?? this.#peers.get(name);
      if (known === undefined || beat > known.beat) {
        // Who is silent when seen first may be gone for days.
        peers.set(name, { beat, sinceMs: nowMs, looks: 0 });
        continue;
      }
      peers.set(name, known);
    }
    for (const [name, peer] of peers) {
      if (this.#peers.get(name) !== peer) {
        this.#patience.heard(name, peer.beat, nowMs);
        continue;
      }
      peer.looks += 1;
      if (peer.looks < leastLooks || !this.#patience.isOver(name, nowMs - peer.sinceMs, nowMs)) continue;
      silent.push(name);
      this.#patience.foundDead(name, peer.beat, nowMs);
      peer.sinceMs = Infinity;
    }
    for (const [name, peer] of this.#peers) {
      // Who was silent already and is gone now was found dead by another process.
      if (!peers.has(name) && nowMs - peer.sinceMs >= this.#silentAfterMs / 2)
        this.#patience.foundDead(name, peer.beat, nowMs);
    }
    this.#peers = peers;
    return silent;
  }

  /** After a time in which we saw nobody, because Kafka was away or we stood still, everybody gets time to be heard of again. */
  #forgive(nowMs: number): void {
    const isLate = nowMs - this.#lookedAtMs > this.#silentAfterMs / 2;
    this.#lookedAtMs = nowMs;
    if (!isLate) return;
    for (const peer of this.#peers.values()) {
      if (peer.sinceMs === Infinity) continue;
      peer.sinceMs = nowMs + this.#silentAfterMs;
      peer.looks = 0;
    }
  }
}
