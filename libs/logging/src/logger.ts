import { jsonLine } from './json-line.ts';
import { boundedText, defaultLoggableLimits, loggableFields } from './loggable.ts';
import type { LogLevel } from './log-level.ts';
import { textLine } from './text-line.ts';

/** What a line tells beside its sentence. Names in lower camel case, as in the contract and the metrics. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes lines of a constant sentence and fields: `log.info('egress started', { egressUid, consumerGroup })`. Never throws because of what
 * it is given, never shows fields whose name is that of a secret (security 6.6); event data does not belong in it.
 */
export interface Logger {
  /** For whoever looks for a fault; off by default. */
  debug(message: string, fields?: LogFields): void;
  /** Something an operator may want to know of, happening a bounded number of times. */
  info(message: string, fields?: LogFields): void;
  /** Something is wrong and handled; service goes on. */
  warn(message: string, fields?: LogFields): void;
  /** Something is wrong and somebody should act. */
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line carries these fields too; those of a line win over them. */
  child(fields: LogFields): Logger;
  /** Whether lines of this level are written: asks before costly fields are put together. */
  isEnabled(level: LogLevel): boolean;
}

/** How a logger writes. */
export interface LoggerOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** `json`: one object a line for machines. `text`: for people; errors take several lines. */
  readonly format: 'json' | 'text';
  /** Gets every line with its line feed. What it throws reaches whoever logged. */
  readonly write: (line: string) => void;
  /** The time of a line; the clock when absent. */
  readonly now?: () => Date;
  /** Fields of every line. */
  readonly fields?: LogFields;
  /** Colours of the text format, for terminals. No by default. */
  readonly colors?: boolean;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A logger that writes lines of the given format; see {@link Logger} for what it promises. */
export function createLogger(options: LoggerOptions): Logger {
  const { format, write, now = () => new Date(), colors = false } = options;
  const lowest = ranks[options.level];

  const loggerWith = (bound: ReturnType<typeof loggableFields>): Logger => {
    const log = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
      const line = {
        time: now(),
        level,
        message: boundedText(message, defaultLoggableLimits.maxTextLength),
        fields: fields === undefined ? bound : { ...bound, ...loggableFields(fields) },
      };
      write(format === 'json' ? jsonLine(line) : textLine(line, colors));
    };
    return {
      debug: (message, fields) => {
        if (lowest <= ranks.debug) log('debug', message, fields);
      },
      info: (message, fields) => {
        if (lowest <= ranks.info) log('info', message, fields);
      },
      warn: (message, fields) => {
        if (lowest <= ranks.warn) log('warn', message, fields);
      },
      error: (message, fields) => {
        log('error', message, fields);
      },
      child: (fields) => loggerWith({ ...bound, ...loggableFields(fields) }),
      isEnabled: (level) => ranks[level] >= lowest,
    };
  };
  return loggerWith(loggableFields(options.fields ?? {}));
}

const nothing = (): void => undefined;

/** Writes nothing: for callers that were given no logger, and for tests. */
export const silentLogger: Logger = Object.freeze({
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
  isEnabled: () => false,
});
