#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runStandalone } from './compose.ts';
import { runtimeDefaults, settings } from './config.ts';

await runApp({
  name: 'eventing-kafka',
  summary: 'Takes CloudEvents over HTTP, keeps them in Kafka and delivers them to the subscribers of your triggers.',
  settings,
  defaults: runtimeDefaults,
  run: runStandalone,
});
