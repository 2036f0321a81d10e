#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runController } from './compose.ts';
import { controllerSettings } from './config.ts';

await runApp({
  name: 'eventing-kafka-controller',
  summary: 'Turns Brokers, Triggers and KafkaSinks into what receivers and dispatchers serve.',
  settings: controllerSettings,
  run: runController,
});
