const seed = 0x9747b28c;
const mix = 0x5bd1e995;
const shift = 24;

/** The 32-bit murmur2 of Kafka's Java client, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    word = Math.imul(word, mix);
    word ^= word >>> shift;
    word = Math.imul(word, mix);
    hash = Math.imul(hash, mix) ^ word;
  }
  const rest = length - whole;
  if (rest > 0) {
    if (rest === 3) hash ^= byte(bytes, whole + 2) << 16;
    if (rest >= 2) hash ^= byte(bytes, whole + 1) << 8;
    hash = Math.imul(hash ^ byte(bytes, whole), mix);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, mix);
  return hash ^ (hash >>> 15);
}

/** The partition of a key among `count`: where the Java client puts it. */
export function partitionOfKey(key: string | Buffer, count: number): number {
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % count;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
