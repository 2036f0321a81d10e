import type { Loggable } from './loggable.ts';
import type { LogLevel } from './log-level.ts';

/** A line before it has a format. */
export interface LogLine {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, Loggable>>;
}

const ownNames = new Set(['@timestamp', 'level', 'message']);

/**
 * One JSON object and a line feed: `@timestamp` (ISO 8601, UTC), `level`, `message`, then the fields (the names of receiver 3.7).
 * A field with one of these three names gets an underscore in front.
 */
export function jsonLine(line: LogLine): string {
  let json = `{"@timestamp":"${line.time.toISOString()}","level":"${line.level}","message":${JSON.stringify(line.message)}`;
  for (const [name, value] of Object.entries(line.fields)) {
    json += `,${JSON.stringify(ownNames.has(name) ? `_${name}` : name)}:${JSON.stringify(value)}`;
  }
  return `${json}}\n`;
}
