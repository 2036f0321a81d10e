import {
  combineSettings,
  formatDurationMs,
  helpText,
  isConfigError,
  readSettings,
  type SettingsOf,
  type SettingsSchema,
} from '@eventing-kafka/config';
import { createLogger, type Logger } from '@eventing-kafka/logging';
import { endProcess } from './end-process.ts';
import { exitCodes } from './exit-codes.ts';
import { failureReport } from './failure-report.ts';
import { programVersion } from './program-version.ts';
import { type RuntimeDefaults, runtimeSettings } from './runtime-settings.ts';
import { listenToStopSignals } from './stop-requests.ts';

/** What an app is given to run with. */
export interface AppContext<S extends SettingsSchema> {
  readonly settings: SettingsOf<S>;
  readonly logger: Logger;
  /** Aborted when the process is asked to stop: begin nothing new, finish, dispose, return. */
  readonly signal: AbortSignal;
  /** How long that may take: parts that drain take `drainShareMs` of it, so that they report instead of being cut off. */
  readonly drainTimeoutMs: number;
}

/** A process: its name, its settings and what it does. */
export interface App<S extends SettingsSchema> {
  /** As in `receiver`: begins every line on standard error and the help. */
  readonly name: string;
  /** One sentence for the help. */
  readonly summary: string;
  /** How it is called, for the help; `<name> [options]` when absent. */
  readonly usage?: string;
  /** For `--version`; that of the package the program lies in when absent. */
  readonly version?: string;
  readonly settings: S;
  /** Other defaults of the settings that all apps share. */
  readonly defaults?: RuntimeDefaults;
  /** Resolves once the signal is aborted and everything is disposed, or when there is nothing left to do. */
  run(context: AppContext<S>): Promise<void>;
}

/** How long open handles may keep a process that is done; then it ends and says what was still open. */
const lingerMs = 500;

/**
 * The life of a process: reads the settings from environment and arguments, makes the logger, runs the app, turns SIGTERM, SIGINT and SIGHUP into an
 * abort, bounds what follows by the drain deadline, and sets the exit code ({@link exitCodes}). Call it once, as the last statement of `main.ts`:
 * `await runApp(app)`. Never rejects. `--help` and `--version` print and do nothing else.
 *
 * ```text
 * start ──▶ running ── signal ──▶ draining ── run() returns ──▶ exit 0
 *   │          │                     ├─ deadline ─────────────▶ exit 75
 *   │          │                     └─ another signal ───────▶ exit 128 + signal
 *   ▼          ▼
 * exit 2     exit 1 (an error with a code) or 70 (any other)
 * ```
 */
export async function runApp<S extends SettingsSchema>(app: App<S>): Promise<void> {
  const args = process.argv.slice(2);
  const schema = combineSettings(app.settings, runtimeSettings(app.defaults));
  if (args.includes('--help') || args.includes('-h')) {
    const { name, usage = `${name} [options]`, summary } = app;
    process.stdout.write(helpText(schema, { usage, summary }));
    return;
  }
  if (args.includes('--version')) {
    process.stdout.write(`${app.name} ${app.version ?? programVersion(process.argv[1] ?? '') ?? 'unknown'}\n`);
    return;
  }
  let settings: SettingsOf<S> & SettingsOf<ReturnType<typeof runtimeSettings>>;
  try {
    settings = readSettings(schema, { env: process.env, args });
  } catch (error) {
    if (!isConfigError(error)) throw error;
    reportFailure(app.name, error, undefined);
    return;
  }
  const { logLevel, logFormat, drainTimeoutMs } = settings;
  const onTerminal = process.stdout.isTTY;
  const logger = createLogger({
    level: logLevel,
    format: logFormat === 'auto' ? (onTerminal ? 'text' : 'json') : logFormat,
    colors: onTerminal && process.stdout.hasColors(),
    write: (line) => process.stdout.write(line),
  });
  await runUntilStopped(app, settings, logger, drainTimeoutMs);
}

async function runUntilStopped<S extends SettingsSchema>(
  app: App<S>,
  settings: SettingsOf<S>,
  logger: Logger,
  drainTimeoutMs: number,
): Promise<void> {
  const stopping = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const beginStop = (reason: string): void => {
    if (stopping.signal.aborted) return;
    logger.info('stopping', { reason, drainTimeoutMs });
    deadline = setTimeout(() => {
      process.stderr.write(`${app.name}: not stopped after ${formatDurationMs(drainTimeoutMs)}; ending anyway.\n`);
      endProcess(exitCodes.drainDeadline);
    }, drainTimeoutMs);
    stopping.abort(new Error(`asked to stop by ${reason}`));
  };
  listenToStopSignals({
    stop: beginStop,
    exitNow: (signal, exitCode) => {
      process.stderr.write(`${app.name}: ${signal} again; ending without waiting.\n`);
      endProcess(exitCode);
    },
  });
  process.on('uncaughtException', (error, origin) => {
    logger.error('failed unexpectedly', { origin, error });
    process.exit(exitCodes.unexpected);
  });
  // Nobody reads what is printed any more (`… | head`): what SIGPIPE means elsewhere.
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => beginStop('the end of whoever read the output'));
  }

  try {
    await app.run({ settings, logger, signal: stopping.signal, drainTimeoutMs });
    if (stopping.signal.aborted) logger.info('stopped');
  } catch (error) {
    if (isStop(error, stopping.signal)) logger.info('stopped');
    else reportFailure(app.name, error, logger);
  }
  clearTimeout(deadline);
  setTimeout(() => {
    logger.warn('ending although something is still open', { open: process.getActiveResourcesInfo() });
    endProcess(Number(process.exitCode ?? exitCodes.ok));
  }, lingerMs).unref();
}

/** A stop may come out of `run` as the rejection of whatever waited on the signal. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.cause === signal.reason);
}

function reportFailure(appName: string, error: unknown, logger: Logger | undefined): void {
  const report = failureReport(appName, error);
  process.exitCode = report.exitCode;
  if (report.kind === 'expected') {
    for (const line of report.lines) process.stderr.write(`${line}\n`);
    logger?.debug('failed', { error });
  } else {
    logger?.error('failed unexpectedly', { error });
  }
}
