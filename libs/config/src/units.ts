const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Milliseconds of `500ms`, `30s`, `2m`, `1h`, `1d`, `1m30s`, `0.5s` or a plain number of milliseconds; undefined when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d+$/.test(text)) return safeInteger(Number(text));
  const plain = text.toLowerCase();
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(plain)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of plain.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (durationUnits[unit] ?? Number.NaN);
  }
  return safeInteger(Math.round(total));
}

/** The shortest exact way to write milliseconds: `30s`, `1m30s`, `500ms`. */
export function formatDurationMs(milliseconds: number): string {
  if (milliseconds === 0) return '0ms';
  let rest = milliseconds;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const size = durationUnits[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** Bytes of `1MiB`, `64KiB`, `1.5GB`, `100B` or a plain number; undefined when it is none of these. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmg]?i?b)?$/i.exec(text);
  if (match === null) return undefined;
  const [, amount = '', unit = 'b'] = match;
  const size = byteUnits[unit.toLowerCase()];
  if (size === undefined) return undefined;
  const bytes = Number(amount) * size;
  return Number.isInteger(bytes) ? safeInteger(bytes) : undefined;
}

/** Bytes in the largest binary unit that divides them: `1MiB`, `1500B`. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

function safeInteger(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
