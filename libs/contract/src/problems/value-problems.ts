import { problem, type Problems } from './problem.ts';

/** Node's timers fire at once when asked for more: 24 days, 20 hours and 31 minutes. */
const longestDelayMs = 2n ** 31n - 1n;
const longestQuote = 80;

/** A value as it may be shown in a message: quoted, without control characters, cut off when long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}

export function* missingProblems(value: string, path: string, what: string): Problems {
  if (value === '') yield problem(path, `is empty; expected ${what}`);
}

/** An absolute URL that events can be posted to. */
export function* urlProblems(value: string, path: string): Problems {
  yield* absoluteUrlProblems(value, path);
  if (URL.canParse(value) && !isHttp(new URL(value)))
    yield problem(path, `has the scheme ${quote(new URL(value).protocol.slice(0, -1))}; expected http or https`);
}

/** An absolute URL, though maybe of a scheme that nothing can be posted to. */
export function* absoluteUrlProblems(value: string, path: string): Problems {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) {
    yield problem(
      path,
      `is ${value === '' ? 'empty' : quote(withoutUserinfo(value))}; expected an absolute http or https URL`,
    );
    return;
  }
  if (!isHttp(url)) return;
  // The URL parser mends "http:/host" and "http:host"; whoever wrote that meant something else.
  if (!/^https?:\/\//iu.test(value))
    yield problem(path, `is ${quote(withoutUserinfo(value))}; expected "//" after the scheme`);
  if (url.username !== '' || url.password !== '')
    yield problem(path, 'holds a user name or password; leave them out, they would end up in logs and status');
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

/** Milliseconds that a timer has to wait. */
export function* delayProblems(value: bigint, path: string): Problems {
  if (value < 0n || value > longestDelayMs)
    yield problem(path, `is ${value.toString()}; expected milliseconds from 0 to ${longestDelayMs.toString()}`);
}

export function* countProblems(value: number, path: string, most: number): Problems {
  if (!Number.isInteger(value) || value < 0 || value > most)
    yield problem(path, `is ${value}; expected a whole number from 0 to ${most}`);
}

export function* enumProblems(value: number, known: Readonly<Record<string, number>>, path: string): Problems {
  const names = Object.keys(known).filter((name) => name !== 'UNRECOGNIZED');
  if (!names.some((name) => known[name] === value))
    yield problem(path, `has a value this version does not know (${value}); expected one of ${names.join(', ')}`);
}

/** PEM certificates; empty is fine. */
export function* certificateProblems(pem: string, path: string): Problems {
  if (pem === '') return;
  const begins = pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/gu)?.length ?? 0;
  const ends = pem.match(/-----END (?:TRUSTED )?CERTIFICATE-----/gu)?.length ?? 0;
  if (begins === 0 || begins !== ends)
    yield problem(
      path,
      'holds no complete PEM certificate; expected -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----',
    );
}

/** Comma-separated `host:port`, IPv6 addresses in brackets. */
export function* bootstrapServersProblems(value: string, path: string): Problems {
  if (value.trim() === '') {
    yield problem(path, 'is empty; expected host:port, several separated by commas');
    return;
  }
  for (const server of value.split(',')) {
    const match = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?):(\d{1,5})$/u.exec(
      server.trim(),
    );
    const port = Number(match?.[1] ?? Number.NaN);
    if (!(port >= 1 && port <= 65_535))
      yield problem(path, `names the server ${quote(server.trim())}; expected host:port with a port from 1 to 65535`);
  }
}

/** A topic's name, as Kafka allows it. */
export function* topicProblems(topic: string, path: string): Problems {
  if (!/^[A-Za-z0-9._-]{1,249}$/u.test(topic) || topic === '.' || topic === '..') {
    yield problem(path, `is ${quote(topic)}; expected a topic name: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"`);
  }
}

function withoutUserinfo(value: string): string {
  return value.replace(/\/\/[^/@]*@/u, '//…@');
}
