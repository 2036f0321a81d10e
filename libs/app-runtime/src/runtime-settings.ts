import { defineSettings } from '@eventing-kafka/config';
import { type LogLevel, logLevels } from '@eventing-kafka/logging';

/** What an app would rather have by default of the settings that all apps share. */
export interface RuntimeDefaults {
  /** `info` unless told: what operators want to read. */
  readonly logLevel?: LogLevel;
  /** 25,000 unless told: what fits the usual 30 s of Kubernetes. */
  readonly drainTimeoutMs?: number;
}

/** The settings that {@link runApp} adds to those of every app. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function runtimeSettings({ logLevel = 'info', drainTimeoutMs = 25_000 }: RuntimeDefaults = {}) {
  return defineSettings({
    logLevel: {
      description: 'least important level that is logged',
      env: 'LOG_LEVEL',
      flag: 'log-level',
      kind: 'choice',
      choices: logLevels,
      default: logLevel,
    },
    logFormat: {
      description: 'json: one object a line; text: for people; auto: text on a terminal, else json',
      env: 'LOG_FORMAT',
      flag: 'log-format',
      kind: 'choice',
      choices: ['auto', 'json', 'text'],
      default: 'auto',
    },
    drainTimeoutMs: {
      description: 'how long a stop may take to finish what is under way; then the process ends with code 75',
      env: 'DRAIN_TIMEOUT',
      flag: 'drain-timeout',
      kind: 'durationMs',
      default: drainTimeoutMs,
      min: 0,
      max: 3_600_000,
    },
  });
}
