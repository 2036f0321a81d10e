import type { EgressAccount } from './account.ts';
import type { Bars } from './scenario.ts';

/** The bars that the books of one egress do not meet, in words; empty when all is well. */
export function missedBars(account: EgressAccount, bars: Bars): readonly string[] {
  const { egress, accepted, repeated, deadLettered, lost, outOfOrder, unwanted, firstDeliveryMs, standstillMs } =
    account;
  const missed: string[] = [];
  const check = (kept: boolean, words: string): void => {
    if (!kept) missed.push(`${egress}: ${words}`);
  };
  check(accepted > 0, 'no event was accepted, so nothing is shown');
  check(lost.length === 0, `${lost.length} lost: ${some(lost)}`);
  check(outOfOrder.length === 0, `${outOfOrder.length} out of order: ${some(outOfOrder)}`);
  check(unwanted.length === 0, `${unwanted.length} delivered that the filter does not want: ${some(unwanted)}`);
  check(
    bars.deadLetters || deadLettered === 0,
    `${deadLettered} to the dead letter, though no subscriber refused them`,
  );
  const { maxRepeatedShare: share = Infinity, maxFirstDeliveryMs: first = Infinity, maxStandstillMs } = bars;
  check(repeated <= share * accepted, `${repeated} repeated of ${accepted}, more than ${share * 100} %`);
  check(
    (firstDeliveryMs ?? 0) <= first,
    `${seconds(firstDeliveryMs ?? 0)} to the first delivery, more than ${seconds(first)}`,
  );
  check(
    standstillMs <= maxStandstillMs,
    `a partition stood still for ${seconds(standstillMs)}, more than ${seconds(maxStandstillMs)}`,
  );
  return missed;
}

function some(found: readonly unknown[]): string {
  return JSON.stringify(found.slice(0, 10));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
