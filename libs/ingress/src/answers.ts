import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { BatchRefusal } from './batch-answer.ts';
import type { Refusal, RefusalReason } from './refusals.ts';
import { refusals } from './refusals.ts';

/** What is known of an answer before there is a request: made once. */
interface PreparedAnswer {
  readonly statusCode: number;
  /** Flat names and values. */
  readonly headers: readonly string[];
  /** The same and `Connection: close`. */
  readonly closingHeaders: readonly string[];
  readonly body: Buffer;
}

/** Methods and origins: what Knative's own ingress answers to OPTIONS (receiver.md 4.6). */
const allow = ['Allow', 'POST, OPTIONS'] as const;
const empty = Buffer.alloc(0);

function prepare(statusCode: number, body: Buffer, extraHeaders: readonly string[] = []): PreparedAnswer {
  const headers = ['Content-Length', String(body.length), ...extraHeaders];
  return { statusCode, headers, closingHeaders: [...headers, 'Connection', 'close'], body };
}

function prepareRefusal(refusal: Refusal, text: string): PreparedAnswer {
  const headers = ['Content-Type', 'text/plain; charset=utf-8'];
  if (refusal.retryAfterSeconds !== undefined) headers.push('Retry-After', String(refusal.retryAfterSeconds));
  if (refusal.challenge !== undefined) headers.push('WWW-Authenticate', refusal.challenge);
  if (refusal.reason === 'method-not-allowed') headers.push(...allow);
  return prepare(refusal.statusCode, Buffer.from(`${text}\n`, 'utf8'), headers);
}

const prepared: Partial<Record<RefusalReason, PreparedAnswer>> = {};
for (const refusal of Object.values(refusals)) prepared[refusal.reason] = prepareRefusal(refusal, refusal.text);

const accepted = prepare(202, empty);
const ok = prepare(200, empty);
const options = prepare(200, empty, [...allow, 'WebHook-Allowed-Origin', '*', 'WebHook-Allowed-Rate', '*']);

/** 202: Kafka has it. */
export function answerAccepted(response: ServerResponse, closing: boolean): void {
  send(response, accepted, closing);
}

/** 200 without a body: a probe. `hash` is repeated in `K-Network-Hash` (receiver.md 4.4). */
export function answerOk(response: ServerResponse, closing: boolean, hash?: string): void {
  send(response, hash === undefined ? ok : prepare(200, empty, ['K-Network-Hash', hash]), closing);
}

/** 200 to OPTIONS: the handshake of CloudEvents webhooks. */
export function answerOptions(response: ServerResponse, closing: boolean): void {
  send(response, options, closing);
}

/** 503 of the readiness path, saying why. */
export function answerNotReady(response: ServerResponse, closing: boolean, why: string): void {
  send(response, prepareRefusal(refusals.stopping, why), closing);
}

/** A refusal with its reason in words; `text` in place of the usual ones. */
export function answerRefusal(response: ServerResponse, reason: RefusalReason, closing: boolean, text?: string): void {
  send(response, refusalAnswer(reason, text), closing);
}

/** The answer to a batch of which not every event was accepted: what became of each. */
export function answerBatchRefusal(response: ServerResponse, refusal: BatchRefusal, closing: boolean): void {
  const { statusCode, retryAfterSeconds, body } = refusal;
  const headers = ['Content-Type', 'application/json'];
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  send(response, prepare(statusCode, Buffer.from(body, 'utf8'), headers), closing);
}

/** The whole answer on the wire, but the response is left open: `response.end()` is the caller's. */
export function answerRefusalUnended(response: ServerResponse, reason: RefusalReason, text?: string): void {
  const { statusCode, closingHeaders, body } = refusalAnswer(reason, text);
  response.writeHead(statusCode, closingHeaders as string[]);
  response.write(body);
}

/** The bytes of a refusal where node gives no response object: the request did not parse. Closes the connection. */
export function rawRefusal(reason: RefusalReason): Buffer {
  const { statusCode, closingHeaders, body } = refusalAnswer(reason);
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'Refused'}\r\n`;
  for (let i = 0; i < closingHeaders.length; i += 2)
    head += `${closingHeaders[i] ?? ''}: ${closingHeaders[i + 1] ?? ''}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]);
}

function refusalAnswer(reason: RefusalReason, text?: string): PreparedAnswer {
  const ready = text === undefined ? prepared[reason] : undefined;
  return ready ?? prepareRefusal(refusals[reason], text ?? refusals[reason].text);
}

function send(response: ServerResponse, answer: PreparedAnswer, closing: boolean): void {
  response.writeHead(answer.statusCode, (closing ? answer.closingHeaders : answer.headers) as string[]);
  if (answer.body.length === 0) response.end();
  else response.end(answer.body);
}
