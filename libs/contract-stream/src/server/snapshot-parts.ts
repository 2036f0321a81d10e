import { Egress, Resource, type ContractState } from '@eventing-kafka/contract';
import type { Snapshot } from '../generated/eventing_kafka/push/v1/push.ts';

/** Bytes a field's tag and length take, at most. */
const fieldOverhead = 8;

/** How many bytes resources and egresses take on the wire, each found out once. */
export class EncodedSizes {
  readonly #own = new WeakMap<Resource, number>();
  readonly #egresses = new WeakMap<Egress, number>();

  /** Of a resource without its egresses. */
  own(resource: Resource): number {
    const size =
      this.#own.get(resource) ?? Resource.encode({ ...resource, egresses: [] }).finish().length + fieldOverhead;
    this.#own.set(resource, size);
    return size;
  }

  egress(egress: Egress): number {
    const size = this.#egresses.get(egress) ?? Egress.encode(egress).finish().length + fieldOverhead;
    this.#egresses.set(egress, size);
    return size;
  }
}

/**
 * A snapshot in parts of about `partBytes`; more only where a single egress, or resource without egresses, is larger. A resource
 * that does not fit the rest of a part goes on in the next. Made one by one, as they are asked for.
 */
export function* snapshotParts(
  state: ContractState,
  partBytes: number,
  sizes: EncodedSizes,
): Generator<Snapshot, void, undefined> {
  let part: Snapshot = { resources: [], trustBundles: [], moreFollows: true };
  let bytes = 0;
  const isFull = (next: number): boolean => bytes > 0 && bytes + next > partBytes;
  const begin = (): void => {
    part = { resources: [], trustBundles: [], moreFollows: true };
    bytes = 0;
  };

  for (const pem of state.trustBundles) {
    const size = Buffer.byteLength(pem) + fieldOverhead;
    if (isFull(size)) {
      yield part;
      begin();
    }
    part.trustBundles.push(pem);
    bytes += size;
  }
  for (const resource of state.resources.values()) {
    const ownSize = sizes.own(resource);
    if (isFull(ownSize)) {
      yield part;
      begin();
    }
    let piece: Resource = { ...resource, egresses: [] };
    part.resources.push(piece);
    bytes += ownSize;
    for (const egress of resource.egresses) {
      const size = sizes.egress(egress);
      if (isFull(size)) {
        yield part;
        begin();
        piece = Resource.fromPartial({ uid: resource.uid });
        part.resources.push(piece);
        bytes += resource.uid.length + fieldOverhead;
      }
      piece.egresses.push(egress);
      bytes += size;
    }
  }
  yield { ...part, moreFollows: false };
}
