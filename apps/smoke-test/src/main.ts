#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runSmokeTest } from './compose.ts';
import { smokeTestSettings } from './config.ts';

await runApp({
  name: 'eventing-kafka-smoke-test',
  summary: 'Posts an event to a Broker and waits until a Trigger brings it back.',
  settings: smokeTestSettings,
  run: runSmokeTest,
});
