/** How much a line matters, from the least to the most. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** All levels, least important first: the choices of a `LOG_LEVEL` setting. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];
