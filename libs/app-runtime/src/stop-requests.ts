import { constants } from 'node:os';

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type StopSignal = (typeof stopSignals)[number];

/**
 * A signal that comes again so soon is the same request: a terminal sends Ctrl-C to a whole group of processes, and npm, being one of them, passes it on
 * to its child once more.
 */
const sameRequestMs = 500;

/** What to do about signals. */
export interface StopHandlers {
  /** The first one: begin to stop. */
  readonly stop: (signal: string) => void;
  /** Another one later: the user does not want to wait. The code is that of a process killed by the signal. */
  readonly exitNow: (signal: string, exitCode: number) => void;
}

/** Listens to SIGTERM, SIGINT and SIGHUP until disposed. */
export function listenToStopSignals(handlers: StopHandlers): Disposable {
  let firstAt: number | undefined;
  const onSignal = (signal: StopSignal): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      handlers.stop(signal);
    } else if (now - firstAt >= sameRequestMs) {
      handlers.exitNow(signal, 128 + constants.signals[signal]);
    }
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of stopSignals) process.off(signal, onSignal);
    },
  };
}
