import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a test writes what it likes, well-formed or not. */
export class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.#closed = true));
    socket.on('end', () => (this.#closed = true));
  }

  /** Whether the other side ended it. */
  get closed(): boolean {
    return this.#closed;
  }

  write(data: string | Buffer): void {
    this.#socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** Writes, and waits until the other side took it. */
  async writeAll(data: Buffer): Promise<void> {
    if (!this.#socket.write(data) && !this.#closed) {
      await Promise.race([
        new Promise((resolve) => this.#socket.once('drain', resolve)),
        new Promise((resolve) => this.#socket.once('close', resolve)),
      ]);
    }
  }

  /** Reads no more until `resume`: as a sender that first writes all it has. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the writing side. */
  end(): void {
    this.#socket.end();
  }

  /** Cuts the connection. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** The next answer; undefined if the connection ends first. Interim answers (1xx) count as answers. */
  async answer(timeoutMs = 8000): Promise<RawAnswer | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined || this.#closed) return answer;
      if (performance.now() > deadline)
        throw new Error(`no answer in ${timeoutMs} ms; got ${JSON.stringify(this.#received.toString('latin1'))}`);
      await pause(2);
    }
  }

  /** Waits until the other side ended the connection. */
  async waitClosed(timeoutMs = 8000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#closed) {
      if (performance.now() > deadline) throw new Error(`not closed in ${timeoutMs} ms`);
      await pause(2);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #take(): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.toString('utf8', end + 4, bodyEnd);
    this.#received = this.#received.subarray(bodyEnd);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}

/** Opens a connection to a port of this machine. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return new RawConnection(socket);
}

/** What to ask for; see {@link requestText}. */
export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** undefined: `receiver.test`; null: no Host header at all. */
  readonly host?: string | null;
  /** Further header lines. */
  readonly lines?: readonly string[];
  /** Sent with its length, unless `lines` frame it. */
  readonly body?: string;
  readonly framed?: boolean;
}

/** The bytes of a request, one character a byte. */
export function requestText({
  method = 'POST',
  target = '/ns/broker',
  version = 'HTTP/1.1',
  host = 'receiver.test',
  lines = [],
  body = '',
  framed = false,
}: RawRequest): string {
  const head = [`${method} ${target} ${version}`];
  if (host !== null) head.push(`Host: ${host}`);
  head.push(...lines);
  if (!framed) head.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`);
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Header lines of "event E" of the specification: no data, binary mode. */
export const eventE: readonly string[] = [
  'ce-specversion: 1.0',
  'ce-id: 1234',
  'ce-source: /hello',
  'ce-type: type',
  'ce-subject: subject',
];

/** Sends one request on a connection of its own and gives its answer. */
export async function ask(port: number, request: RawRequest): Promise<RawAnswer | undefined> {
  await using connection = await openConnection(port);
  connection.write(requestText(request));
  return await connection.answer();
}
