import type { Scenario } from '../scenario.ts';
import { badSubscribers, mixedSubscriber } from './bad-subscriber.ts';
import { frozenDispatcher, frozenReceiver } from './frozen-part.ts';
import { kafkaStopped } from './kafka-stopped.ts';
import { killController } from './kill-controller.ts';
import { killDispatcher } from './kill-dispatcher.ts';
import { killEach } from './kill-each.ts';
import { killReceiver } from './kill-receiver.ts';
import { orderUnderFaults } from './order-under-faults.ts';
import { partitionsAdded } from './partitions-added.ts';
import { rollingRestarts } from './rolling-restarts.ts';
import { triggerChanged } from './trigger-changed.ts';

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  killDispatcher,
  killReceiver,
  killController,
  killEach,
  rollingRestarts,
  kafkaStopped,
  ...badSubscribers,
  mixedSubscriber,
  frozenDispatcher,
  frozenReceiver,
  partitionsAdded,
  triggerChanged(),
  orderUnderFaults,
];
