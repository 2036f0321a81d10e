import type { Scenario } from '../scenario.ts';
import { kafkaStopped } from './kafka-stopped.ts';
import { killDispatcher } from './kill-dispatcher.ts';

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [killDispatcher, kafkaStopped];
