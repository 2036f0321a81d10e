import { createHash } from 'node:crypto';
import type { ResourceKey } from './resource-key.ts';

/** Name space of the UUIDs made here; a random UUID, fixed for ever: another one would give every object a new identity. */
const nameSpace = Buffer.from('6f0b6c0e5c7d4c0ca3f24be6f1a27c11', 'hex');

/** The same UUID (version 5) for the same kind, namespace and name: the identity of an object that has no uid of its own. */
export function deterministicUid(key: ResourceKey): string {
  const hash = createHash('sha1').update(nameSpace).update(`${key.kind}/${key.namespace}/${key.name}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
