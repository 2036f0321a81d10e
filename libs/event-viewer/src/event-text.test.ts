import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHttpEvent } from '@eventing-kafka/cloudevents-codec';
import fc from 'fast-check';
import { eventText } from './event-text.ts';

const arrival = { viewer: 'orders', time: new Date(0), statusCode: 204 };

/** Percent-encoding carries any text through a header, as producers do. */
function event(attributes: Readonly<Record<string, string>>, body: string): ReturnType<typeof readHttpEvent> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/s',
    'ce-type': 't',
    'content-type': 'text/plain',
  };
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]);
  return readHttpEvent([...Object.entries(headers).flat(), ...named.flat()], Buffer.from(body));
}

test('nothing of an event reaches the terminal as a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (value, body) => {
      let parsed;
      try {
        parsed = event({ subject: value, knativeerrordest: value, ext: value }, body);
      } catch {
        // The codec refuses some characters in attributes; the body is what remains to be tried then.
        parsed = event({}, body);
      }
      const text = eventText(parsed, arrival, false);
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('colours are only around what is ours', () => {
  const text = eventText(event({}, '{"key": "value"}'), arrival, true);
  assert.match(text, /\u001b\[1;36morders\u001b\[0m/);
  assert.match(text, /\u001b\[1mt\u001b\[0m/);
  assert.equal(text.replace(/\u001b\[[\d;]*m/g, ''), eventText(event({}, '{"key": "value"}'), arrival, false));
});

test('a dead letter without a status says there was no usable answer', () => {
  const text = eventText(event({ knativeerrordest: 'http://x/y' }, ''), arrival, false);
  assert.match(text, /could not be delivered to http:\/\/x\/y: no usable answer/);
});
