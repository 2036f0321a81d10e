import type { Random } from './random.ts';

/** A request in the parts that a mutation may change. Texts hold one character a byte. */
interface RequestParts {
  method: string;
  target: string;
  version: string;
  headers: (readonly [name: string, value: string])[];
  body: Buffer;
  framing: 'length' | 'chunked' | 'none';
  lineEnd: string;
}

const attributes = (id: string): (readonly [string, string])[] => [
  ['ce-specversion', '1.0'],
  ['ce-id', id],
  ['ce-source', '/fuzz'],
  ['ce-type', 'com.example.fuzz'],
];

const event = '{"specversion":"1.0","id":"f","source":"/fuzz","type":"t","data":{"a":[1.10,"\\u20ac",null]},"ext":7}';
const structured = 'application/cloudevents+json';
const batch = 'application/cloudevents-batch+json';

/** A request as a sender means it. */
function wellFormed(random: Random, paths: readonly string[]): RequestParts {
  const target = random.pick(paths);
  const base = { method: 'POST', target, version: 'HTTP/1.1', framing: 'length' as const, lineEnd: '\r\n' };
  const host = ['Host', 'receiver.test'] as const;
  const id = `f-${random.below(1e9)}`;
  switch (random.below(8)) {
    case 0:
      return { ...base, headers: [host, ['Content-Type', structured]], body: Buffer.from(event) };
    case 1:
      return { ...base, headers: [host, ['Content-Type', batch]], body: Buffer.from(`[${event},${event}]`) };
    case 2:
      return { ...base, method: 'GET', headers: [host, ['K-Network-Probe', 'probe']], body: none, framing: 'none' };
    case 3:
      return { ...base, method: 'OPTIONS', headers: [host], body: none, framing: 'none' };
    case 4:
      return { ...base, headers: [host, ...attributes(id)], body: Buffer.from('chunks of data'), framing: 'chunked' };
    case 5:
      return { ...base, headers: [host, ...attributes(id), ['Expect', '100-continue']], body: Buffer.from('{}') };
    default: {
      const headers = [host, ...attributes(id), ['Content-Type', 'application/json'] as const];
      return { ...base, headers, body: Buffer.from('{"a":1}') };
    }
  }
}

const none = Buffer.alloc(0);
const oddTexts = [
  '',
  ' ',
  '\t',
  '\0',
  '%',
  '%00',
  '%zz',
  '%ED%A0%80',
  '\xff\xfe',
  '"',
  '"a',
  '\\',
  '\r',
  '\n',
  '\r\n x: y',
  '../..',
  ';',
  ',',
  '\x7f',
  'é',
  '{{}}',
  '0',
  '-1',
  '1e9',
  'a'.repeat(5000),
  'a'.repeat(20_000),
] as const;
const oddMethods = [
  'get',
  'PATCH',
  'CONNECT',
  'TRACE',
  'PRI',
  'M-SEARCH',
  'FOO',
  '',
  'POST POST',
  '\0',
  'A'.repeat(64),
];
const oddTargets = [
  '*',
  '/',
  '',
  '//',
  '/%2e%2e',
  'http://h/fuzz/binary',
  'http://h',
  'h:80',
  '/?'.repeat(50),
  '/\0',
  '/é',
  '/ a',
];
const oddVersions = ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', 'HTTP/', ''];
const oddLengths = ['-1', '+1', '0x5', '1e1', '5, 5', '9999999999999999999999', '3000000', '', ' ', '00007', '7 ', 'a'];
const oddCodings = [
  'chunked',
  'gzip, chunked',
  'chunked, gzip',
  'identity',
  'Chunked',
  'chunked ',
  '\x0bchunked',
  'x',
  'chunked;a=b',
];
const oddHeaders: readonly (readonly [string, string])[] = [
  ['ce-', 'x'],
  ['ce-my-ext', 'x'],
  ['CE-ID', 'again'],
  ['ce-time', 'yesterday'],
  ['ce-data', 'x'],
  ['ce-partitionkey', 'k'],
  ['Content-Encoding', 'gzip'],
  ['Content-Type', structured],
  ['Content-Type', batch],
  ['Content-Type', 'application/cloudevents+xml'],
  ['Connection', 'close'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'h2c'],
  ['Upgrade', 'websocket'],
  ['Expect', '100-continue'],
  ['Expect', 'x'],
  ['Host', 'second.test'],
  ['', 'no name'],
  [' folded', 'x'],
  ['no colon here', ''],
  ['Trailer', 'ce-id'],
  ['Proxy-Connection', 'keep-alive'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['traceparent', '00-00-00-00'],
  ['Authorization', 'Bearer x'],
  ['__proto__', 'x'],
  ['ce-constructor', 'x'],
];
const oddBodies = [
  '{',
  '[',
  '[]',
  '[{}]',
  'null',
  '{"a":1}{"a":1}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `{"a":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}}`,
  '{"specversion":"1.0","id":"\\ud800","source":"/s","type":"t"}',
  '{"specversion":"1.0","id":"a\\u0000b","source":"/s","type":"t"}',
  '{"specversion":"1.0","id":"","source":"/s","type":"t"}',
  '{"specversion":"1.0","__proto__":"x","constructor":"y","id":"1","source":"/s","type":"t"}',
  '{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"%"}',
  `{"specversion":"1.0","id":"1","source":"/s","type":"t","n":${'9'.repeat(2000)}}`,
  '\ufeff{"specversion":"1.0","id":"1","source":"/s","type":"t"}',
] as const;

type Mutation = (parts: RequestParts, random: Random) => void;

/** What may go wrong with a request, by the grammar of HTTP and of CloudEvents. */
const mutations: readonly Mutation[] = [
  (parts, random) => (parts.method = random.pick(oddMethods)),
  (parts, random) => (parts.target = random.pick(oddTargets)),
  (parts, random) => (parts.target += random.pick(oddTexts)),
  (parts, random) => (parts.version = random.pick(oddVersions)),
  (parts, random) => parts.headers.splice(random.below(parts.headers.length + 1), 0, random.pick(oddHeaders)),
  (parts, random) => parts.headers.splice(random.below(parts.headers.length), 1),
  (parts, random) => parts.headers.push(random.pick(parts.headers.length === 0 ? oddHeaders : parts.headers)),
  (parts, random) => parts.headers.reverse().push(['ce-x', random.pick(oddTexts)]),
  (parts, random) => {
    const at = random.below(parts.headers.length);
    const [name = 'x', value = ''] = parts.headers[at] ?? [];
    parts.headers[at] = [name, random.chance(0.5) ? random.pick(oddTexts) : value + random.pick(oddTexts)];
  },
  (parts, random) => parts.headers.push(['Content-Length', random.pick(oddLengths)]),
  (parts, random) => parts.headers.push(['Transfer-Encoding', random.pick(oddCodings)]),
  (parts, random) => {
    for (let i = random.below(500); i >= 0; i -= 1) parts.headers.push([`ce-e${i}`, 'v']);
  },
  (parts, random) => (parts.framing = random.pick(['length', 'chunked', 'none'] as const)),
  (parts, random) => (parts.lineEnd = random.pick(['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n'])),
  (parts, random) => (parts.body = Buffer.from(random.pick(oddBodies), random.chance(0.1) ? 'utf16le' : 'utf8')),
  (parts, random) => (parts.body = random.bytes(random.below(3000))),
  (parts, random) => (parts.body = Buffer.alloc(random.below(200_000), 'x')),
];

/** The bytes of a request, framed as it says. */
function bytesOf({ method, target, version, headers, body, framing, lineEnd }: RequestParts, random: Random): Buffer {
  const lines = [`${method} ${target} ${version}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  let framed = body;
  if (framing === 'length')
    lines.push(`Content-Length: ${body.length + (random.chance(0.05) ? random.below(5) - 2 : 0)}`);
  if (framing === 'chunked') {
    lines.push('Transfer-Encoding: chunked');
    framed = chunks(body, random);
  }
  return Buffer.concat([Buffer.from(`${lines.join(lineEnd)}${lineEnd}${lineEnd}`, 'latin1'), framed]);
}

function chunks(body: Buffer, random: Random): Buffer {
  const size = 1 + random.below(20);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length && pieces.length < 2000; at += size) {
    const piece = body.subarray(at, at + size);
    const length = random.chance(0.02) ? random.pick(oddLengths) : piece.length.toString(16);
    const extension = random.chance(0.05) ? ';a="b\\"' : '';
    pieces.push(
      Buffer.from(`${length}${extension}\r\n`, 'latin1'),
      piece,
      Buffer.from(random.chance(0.02) ? '' : '\r\n'),
    );
  }
  const end = random.chance(0.1) ? '0\r\nce-trailer: x\r\n\r\n' : random.chance(0.05) ? '' : '0\r\n\r\n';
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

/** Changes bytes wherever they stand. */
function blindly(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const before = bytes.subarray(0, at);
  const behind = bytes.subarray(at);
  switch (random.below(5)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, random.bytes(1 + random.below(8)), behind]);
    case 2:
      return Buffer.concat([before, behind.subarray(1 + random.below(8))]);
    case 3:
      return Buffer.concat([before, behind.subarray(0, random.below(200)), behind]);
    default: {
      const flipped = Buffer.from(bytes);
      if (flipped.length > 0) flipped[at % flipped.length] = random.below(256);
      return flipped;
    }
  }
}

/** What to write on one connection: one request or several in a row, whole, wrong in some way, or no request at all. */
export function connectionBytes(random: Random, paths: readonly string[]): Buffer {
  if (random.chance(0.05)) return random.bytes(1 + random.below(2000));
  const requests = Array.from({ length: random.chance(0.3) ? 1 + random.below(12) : 1 }, () => {
    const parts = wellFormed(random, paths);
    for (let count = random.chance(0.25) ? 0 : 1 + random.below(3); count > 0; count -= 1)
      random.pick(mutations)(parts, random);
    const bytes = bytesOf(parts, random);
    return random.chance(0.15) ? blindly(bytes, random) : bytes;
  });
  return Buffer.concat(requests);
}
