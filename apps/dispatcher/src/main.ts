#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runDispatcher } from './compose.ts';
import { dispatcherSettings } from './config.ts';

await runApp({
  name: 'eventing-kafka-dispatcher',
  summary: 'Reads events from Kafka and delivers them to the subscribers of triggers.',
  settings: dispatcherSettings,
  run: runDispatcher,
});
