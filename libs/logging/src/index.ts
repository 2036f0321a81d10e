/** The public names of `@eventing-kafka/logging`, listed one by one. */
export { escapeControlCharacters } from './control-characters.ts';
export { logLevels, type LogLevel } from './log-level.ts';
export { createLogger, silentLogger, type LogFields, type Logger, type LoggerOptions } from './logger.ts';
export { redacted, withoutSecrets } from './secret-text.ts';
