/** The public names of `@eventing-kafka/app-runtime`, listed one by one. */
export { drainShareMs } from './drain-share.ts';
export { exitCodes } from './exit-codes.ts';
export { runApp, type App, type AppContext } from './run-app.ts';
export { runtimeSettings, type RuntimeDefaults } from './runtime-settings.ts';
