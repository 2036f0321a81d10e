import { CodecError } from './codec-error.ts';
import type { EventView } from './event-view.ts';
import { describeJsonFailure, endOfJsonValue, maxJsonDepth, skipJsonBlanks } from './json-scanner.ts';
import { utf8OfJsonText } from './json-text.ts';
import type { ReadingRules } from './reading-rules.ts';
import { readEventObject } from './structured-event.ts';

/**
 * Reads the events of a batch (CloudEvents JSON format 4), each of which keeps the bytes of its `data` as in structured mode.
 * One event that cannot be read refuses all of them: the message names it by its index, from 0. So does a batch without any.
 */
export function readEventBatch(body: Buffer, rules: ReadingRules): readonly EventView[] {
  if (body.length === 0) throw new CodecError('EVENT_INVALID_JSON', 'the body is empty, expected a JSON array');
  const bytes = utf8OfJsonText(body);
  let at = skipJsonBlanks(bytes, 0);
  if (bytes[at] !== 0x5b) {
    throw new CodecError('EVENT_INVALID_JSON', `the body is not a JSON array: ${describeJsonFailure(bytes, ~at)}`);
  }
  at = skipJsonBlanks(bytes, at + 1);
  if (bytes[at] === 0x5d) {
    throw new CodecError('EVENT_EMPTY_BATCH', 'the batch holds no event, expected at least one');
  }
  const events: EventView[] = [];
  for (;;) {
    const end = endOfElement(bytes, at, events.length);
    events.push(readElement(bytes.subarray(at, end), events.length, rules));
    at = skipJsonBlanks(bytes, end);
    if (bytes[at] === 0x5d) break;
    if (bytes[at] !== 0x2c) throw brokenBatch(bytes, ~at, events.length);
    at = skipJsonBlanks(bytes, at + 1);
  }
  const rest = skipJsonBlanks(bytes, at + 1);
  if (rest < bytes.length) {
    throw new CodecError('EVENT_INVALID_JSON', `the body goes on after its JSON array, at byte ${rest}`);
  }
  return events;
}

function endOfElement(bytes: Buffer, start: number, index: number): number {
  // The array is a level of its own, so an event of a batch may nest as deep as one that comes alone.
  const end = endOfJsonValue(bytes, start, maxJsonDepth);
  if (end < 0) throw brokenBatch(bytes, end, index);
  return end;
}

function brokenBatch(bytes: Buffer, failure: number, index: number): CodecError {
  return new CodecError(
    'EVENT_INVALID_JSON',
    `the batch is not JSON from event ${index} on: ${describeJsonFailure(bytes, failure)}`,
  );
}

function readElement(bytes: Buffer, index: number, rules: ReadingRules): EventView {
  try {
    return readEventObject(bytes, rules, 'it');
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new CodecError(error.code, `event ${index} of the batch: ${error.message}`, { cause: error });
  }
}
