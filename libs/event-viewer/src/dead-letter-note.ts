import type { EventView } from '@eventing-kafka/cloudevents-codec';

const maxAnswerLength = 200;

/**
 * What the extensions of a dead letter say, in words: where the event could not be delivered and what the answer was (dispatcher 11). Undefined for an
 * event that is no dead letter.
 */
export function deadLetterNote(event: EventView): string | undefined {
  const destination = event.attribute('knativeerrordest');
  const code = event.attribute('knativeerrorcode');
  if (destination === undefined && code === undefined) return undefined;
  const to = destination === undefined ? 'could not be delivered' : `could not be delivered to ${destination}`;
  if (code === undefined) return `${to}: no usable answer (refused, timed out, or its reply was not understood)`;
  const answer = answerOf(event.attribute('knativeerrordata'));
  return `${to}: answered ${code}${answer === '' ? '' : `, saying ${JSON.stringify(answer)}`}`;
}

/** The body of the answer: the first 1024 bytes of it travel as base64. */
function answerOf(data: unknown): string {
  if (typeof data !== 'string') return '';
  const text = Buffer.from(data, 'base64').toString('utf8').trim();
  return text.length > maxAnswerLength ? `${text.slice(0, maxAnswerLength)}…` : text;
}
