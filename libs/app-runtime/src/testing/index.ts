/** The public names of `@eventing-kafka/app-runtime/testing`, listed one by one. */
export { assertReadmeLists } from './readme-table.ts';
export { startProcess, untilStatus, type ProcessOptions, type RunningProcess } from './running-process.ts';
