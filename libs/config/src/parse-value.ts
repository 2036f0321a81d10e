import type { Setting } from './schema.ts';
import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from './units.ts';

/** What a setting's value may be. */
export type SettingValue = string | number | boolean | readonly string[];

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** The value of a text, or undefined when the setting does not accept it. */
export function parseValue(setting: Setting, given: string): SettingValue | undefined {
  if (setting.kind === 'secret') return given;
  const text = given.trim();
  switch (setting.kind) {
    case 'text':
      return setting.pattern === undefined || matchesWhole(setting.pattern, text) ? text : undefined;
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? inRange(setting, safe(Number(text))) : undefined;
    case 'number':
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? inRange(setting, Number(text)) : undefined;
    case 'port':
      return /^\d{1,5}$/.test(text) ? inRange({ min: 0, max: 65_535 }, Number(text)) : undefined;
    case 'boolean':
      return booleans.get(text.toLowerCase());
    case 'durationMs':
      return inRange(setting, parseDurationMs(text));
    case 'bytes':
      return inRange(setting, parseBytes(text));
    case 'choice':
      return setting.choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    case 'list': {
      const items = text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return items.length >= (setting.minItems ?? 0) ? Object.freeze(items) : undefined;
    }
  }
}

/** What a setting accepts, in words. */
export function allowedValues(setting: Setting): string {
  switch (setting.kind) {
    case 'text':
      return setting.allowed ?? (setting.pattern === undefined ? 'text' : `text matching ${String(setting.pattern)}`);
    case 'secret':
      return 'text, never shown';
    case 'integer':
      return `a whole number${range(setting, String)}`;
    case 'number':
      return `a number${range(setting, String)}`;
    case 'port':
      return 'a port from 0 to 65535 (0: any free one)';
    case 'boolean':
      return 'true or false';
    case 'durationMs':
      return `a duration such as 500ms, 30s or 2m${range(setting, formatDurationMs)}`;
    case 'bytes':
      return `a size such as 65536, 64KiB or 1MiB${range(setting, formatBytes)}`;
    case 'choice':
      return `one of ${setting.choices.join(', ')}`;
    case 'list': {
      const minItems = setting.minItems ?? 0;
      return `texts separated by commas${minItems > 0 ? `, at least ${minItems}` : ''}`;
    }
  }
}

/** A default as a user would write it; undefined without one. Defaults of secrets are not shown. */
export function shownDefault(setting: Setting): string | undefined {
  if (setting.default === undefined) return undefined;
  switch (setting.kind) {
    case 'secret':
      return undefined;
    case 'durationMs':
      return formatDurationMs(setting.default);
    case 'bytes':
      return formatBytes(setting.default);
    case 'list':
      return setting.default.join(',');
    default:
      return String(setting.default);
  }
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

function inRange(limits: Range, value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return value >= (limits.min ?? -Infinity) && value <= (limits.max ?? Infinity) ? value : undefined;
}

function range(limits: Range, format: (value: number) => string): string {
  const { min, max } = limits;
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return `, at least ${format(min)}`;
  if (max !== undefined) return `, at most ${format(max)}`;
  return '';
}

function safe(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}

function matchesWhole(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, '')).test(text);
}
