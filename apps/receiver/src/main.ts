#!/usr/bin/env node
import { runApp } from '@eventing-kafka/app-runtime';
import { runReceiver } from './compose.ts';
import { receiverSettings } from './config.ts';

await runApp({
  name: 'eventing-kafka-receiver',
  summary: 'Accepts CloudEvents over HTTP and produces them to Kafka.',
  settings: receiverSettings,
  run: runReceiver,
});
