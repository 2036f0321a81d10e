import type { IncomingMessage } from 'node:http';

/** Why a body was not read to its end. */
export type BodyRefusal = 'too-large' | 'too-many' | 'aborted';

/** How much is taken. */
export interface BodyLimits {
  /** Of one body. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are being read at the same time. */
  readonly maxBufferedBytes: number;
}

/** Reads bodies, holding no more than so many bytes of all of them together. */
export class BodyReader {
  readonly #limits: BodyLimits;
  #bufferedBytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** The body as text, or why there is none. */
  async read(request: IncomingMessage): Promise<{ readonly text: string } | BodyRefusal> {
    const { maxBodyBytes, maxBufferedBytes } = this.#limits;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return 'too-large';
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#bufferedBytes += chunk.length;
        if (bytes > maxBodyBytes) return 'too-large';
        if (this.#bufferedBytes > maxBufferedBytes) return 'too-many';
        chunks.push(chunk);
      }
      return request.complete ? { text: Buffer.concat(chunks).toString('utf8') } : 'aborted';
    } catch {
      // The other end went away in the middle: there is nobody to answer.
      return 'aborted';
    } finally {
      this.#bufferedBytes -= bytes;
    }
  }
}
