import { defineSettings } from '@eventing-kafka/config';
import { logLevels } from '@eventing-kafka/logging';

/** The settings that {@link runApp} adds to those of every app. */
export const runtimeSettings = defineSettings({
  logLevel: {
    description: 'least important level that is logged',
    env: 'LOG_LEVEL',
    flag: 'log-level',
    kind: 'choice',
    choices: logLevels,
    default: 'info',
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
    default: 25_000,
    min: 0,
    max: 3_600_000,
  },
});
