/** Text up to this length is looked through and written in JavaScript: the call into native code costs more. */
const shortText = 48;

/** Bytes of `text` in UTF-8. */
export function utf8Bytes(text: string): number {
  const { length } = text;
  if (length > shortText) return Buffer.byteLength(text);
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** Bytes of an unsigned varint below 2³². */
export function uvarintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest !== 0; rest >>>= 7) bytes += 1;
  return bytes;
}

/** Bytes of a signed (zig-zag) varint in 32 bits. */
export function varintBytes(value: number): number {
  return uvarintBytes(zigZag(value));
}

function zigZag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Writes into a buffer that is large enough, one thing after the other, in Kafka's encoding. */
export class ByteWriter {
  readonly buffer: Buffer;
  /** Where the next byte goes. */
  at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  int8(value: number): void {
    this.buffer[this.at] = value;
    this.at += 1;
  }

  int16(value: number): void {
    this.at = this.buffer.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.buffer.writeBigInt64BE(value, this.at);
  }

  uvarint(value: number): void {
    const { buffer } = this;
    let rest = value >>> 0;
    while (rest > 0x7f) {
      buffer[this.at] = (rest & 0x7f) | 0x80;
      this.at += 1;
      rest >>>= 7;
    }
    buffer[this.at] = rest;
    this.at += 1;
  }

  varint(value: number): void {
    this.uvarint(zigZag(value));
  }

  /** `bytes` are those that {@link utf8Bytes} told. */
  utf8(text: string, bytes: number): void {
    const { buffer } = this;
    if (bytes === text.length && bytes <= shortText) {
      const { at } = this;
      for (let index = 0; index < bytes; index += 1) buffer[at + index] = text.charCodeAt(index);
      this.at = at + bytes;
    } else {
      this.at += buffer.write(text, this.at, 'utf8');
    }
  }

  bytes(bytes: Buffer): void {
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }
}
