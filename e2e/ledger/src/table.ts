import type { EgressAccount } from './account.ts';
import type { ScenarioResult } from './run-scenario.ts';

const columns: readonly (readonly [heading: string, cell: (account: EgressAccount) => string | number])[] = [
  ['egress', ({ egress }) => egress],
  ['accepted', ({ accepted }) => accepted],
  ['unknown', ({ unknown }) => unknown],
  ['stored twice', ({ storedTwice }) => storedTwice],
  ['delivered', ({ delivered }) => delivered],
  ['repeated', ({ repeated }) => repeated],
  ['lost', ({ lost }) => lost.length],
  ['out of order', ({ outOfOrder }) => outOfOrder.length],
  ['dead letter', ({ deadLettered }) => deadLettered],
  ['refused', ({ refused }) => refused],
  ['first delivery', ({ firstDeliveryMs }) => (firstDeliveryMs === undefined ? '–' : seconds(firstDeliveryMs))],
  ['standstill', ({ standstillMs }) => seconds(standstillMs)],
];

/** The table that a person reads: a line for each egress of each scenario. */
export function resultTable(results: readonly ScenarioResult[]): string {
  const rows = [
    ['scenario', ...columns.map(([heading]) => heading), 'bars'],
    ...results.flatMap(({ scenario, accounts, missed }) =>
      accounts.map((account) => [
        scenario,
        ...columns.map(([, cell]) => String(cell(account))),
        missed.some((words) => words.startsWith(`${account.egress}:`)) ? 'MISSED' : 'met',
      ]),
    ),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same for programs: one JSON object a line. */
export function resultLines(results: readonly ScenarioResult[]): string {
  return results
    .flatMap(({ scenario, seed, accounts, missed }) =>
      accounts.map(({ lost, outOfOrder, unwanted, firstDeliveryMs, standstillMs, ...account }) =>
        JSON.stringify({
          scenario,
          seed,
          ...account,
          lost: lost.length,
          outOfOrder: outOfOrder.length,
          unwanted: unwanted.length,
          firstDeliveryMs: firstDeliveryMs === undefined ? null : Math.round(firstDeliveryMs),
          standstillMs: Math.round(standstillMs),
          missed: missed.filter((words) => words.startsWith(`${account.egress}:`)),
        }),
      ),
    )
    .join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
