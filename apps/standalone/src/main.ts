#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runStandalone } from './compose.ts';
import { settings } from './config.ts';

await runApp({
  name: 'eventing-kafka',
  summary: 'Takes CloudEvents over HTTP, keeps them in Kafka and delivers them to the subscribers of your triggers.',
  settings,
  // What happens is told by the console; the log is for what went wrong. Ctrl-C is answered within 2 s.
  defaults: { logLevel: 'warn', drainTimeoutMs: 1_900 },
  run: runStandalone,
});
