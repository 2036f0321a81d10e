const milliseconds = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 };
/** Of a Gregorian year on average: 365.2425 days. */
const year = 31_556_952_000;

const number = '([0-9]+(?:[.,][0-9]+)?)';
const pattern = new RegExp(
  `^P(?:${number}W|(?:${number}Y)?(?:${number}M)?(?:${number}D)?(?:T(?:${number}H)?(?:${number}M)?(?:${number}S)?)?)$`,
);

/**
 * Milliseconds of an ISO 8601 duration (`PT2S` → 2000, `PT0.25S` → 250), with full precision; less than one millisecond
 * counts as one, as zero would mean "none". Calendar units are averages. Undefined when the text is no duration, is
 * negative, or is longer than can be counted exactly (dispatcher 9, control-plane 26 no. 21).
 */
export function parseDurationMs(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || text === 'P' || text.endsWith('T')) return undefined;
  const [weeks, years, months, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part) => Number((part as string | undefined)?.replace(',', '.') ?? 0));
  const total =
    (weeks ?? 0) * milliseconds.week +
    (years ?? 0) * year +
    ((months ?? 0) * year) / 12 +
    (days ?? 0) * milliseconds.day +
    (hours ?? 0) * milliseconds.hour +
    (minutes ?? 0) * milliseconds.minute +
    (seconds ?? 0) * milliseconds.second;
  // Rounding first takes away what binary fractions add: 0.29 s is 290 ms, not 289.99….
  const rounded = Math.max(Math.round(total), total > 0 ? 1 : 0);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
