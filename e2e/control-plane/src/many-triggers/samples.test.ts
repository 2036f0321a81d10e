import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Samples } from './samples.ts';

const text = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",path="a\\"b,c"} 3
requests_total{verb="PATCH",path=""} 4.5e+01 1700000000000
process_resident_memory_bytes 1.5e+08
nothing{} NaN
`;

test('samples are found by name and labels, and summed', () => {
  const samples = new Samples(text);
  assert.equal(samples.sum('requests_total'), 48);
  assert.equal(samples.sum('requests_total', { verb: 'PATCH' }), 45);
  assert.equal(samples.sum('process_resident_memory_bytes'), 150_000_000);
  assert.equal(samples.sum('absent'), 0);
});

test('a label may hold quotes and commas', () => {
  const [sample] = new Samples(text).of('requests_total', { verb: 'GET' });
  assert.equal(sample?.labels.get('path'), String.raw`a\"b,c`);
});
