import { evaluate, parseFilters } from '../src/index.ts';
import type { DialectedFilterLike } from '../src/index.ts';

// Nanoseconds for one evaluation of each kind of filter, as JSON lines.

const exact = (attributes: Readonly<Record<string, string>>): DialectedFilterLike => ({
  filter: { $case: 'exact', value: { attributes } },
});
const cesql = (expression: string): DialectedFilterLike => ({ filter: { $case: 'cesql', value: { expression } } });

const filters: Readonly<Record<string, DialectedFilterLike>> = {
  'exact, passes': exact({ type: 'com.example.order.created' }),
  'exact, fails': exact({ type: 'com.example.order.deleted' }),
  'exact of three': exact({ type: 'com.example.order.created', source: '/orders/eu', region: 'eu-1' }),
  'exact time': exact({ time: '2018-04-26T12:48:09Z' }),
  prefix: { filter: { $case: 'prefix', value: { attributes: { type: 'com.example.' } } } },
  suffix: { filter: { $case: 'suffix', value: { attributes: { type: '.created' } } } },
  'any of ten exact, last passes': {
    filter: {
      $case: 'any',
      value: {
        filters: [
          ...Array.from({ length: 9 }, (_, index) => exact({ type: `t${index}` })),
          exact({ type: 'com.example.order.created' }),
        ],
      },
    },
  },
  'not exact': { filter: { $case: 'not', value: { filter: exact({ type: 'x' }) } } },
  "cesql type = '…'": cesql("type = 'com.example.order.created'"),
  'cesql LIKE': cesql("type LIKE 'com.%.order.%'"),
  'cesql LIKE with _': cesql("type LIKE '%order_created'"),
  'cesql of two and a comparison': cesql("type LIKE 'com.example.%' AND source = '/orders/eu' AND INT(priority) > 3"),
  'cesql missing attribute': cesql('missing < 5'),
  'cesql functions': cesql("UPPER(LEFT(subject, 3)) IN ('VIP', 'PRO')"),
};

const attributes: Readonly<Record<string, string>> = {
  specversion: '1.0',
  id: '6f1b6c1e',
  source: '/orders/eu',
  type: 'com.example.order.created',
  subject: 'vip-17',
  time: '2018-04-26T14:48:09+02:00',
  region: 'eu-1',
  priority: '5',
};
const event = { attribute: (name: string): string | undefined => attributes[name] };

const rounds = 500_000;
for (const [name, dialected] of Object.entries(filters)) {
  const filter = parseFilters({ dialectedFilter: [dialected] });
  let passed = 0;
  for (let round = 0; round < rounds / 5; round++) passed += Number(evaluate(filter, event));
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) passed += Number(evaluate(filter, event));
  const nanoseconds = Number(process.hrtime.bigint() - start) / rounds;
  console.log(
    JSON.stringify({
      bench: 'filter',
      filter: name,
      nanoseconds: Math.round(nanoseconds),
      passes: passed > 0,
      node: process.version,
    }),
  );
}
