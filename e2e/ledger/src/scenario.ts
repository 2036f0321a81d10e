import type { EgressPromise } from './entries.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Subscribers } from './subscribers.ts';
import type { System } from './system.ts';

/** An egress of a scenario: the Trigger that makes it, and what is promised about it. */
export interface EgressSetup extends EgressPromise {
  /** Its Trigger, by how it is called: manifests are JSON. */
  trigger(stage: Stage): object;
}

/** What a scenario works with, while events flow. */
export interface Stage {
  readonly system: System;
  readonly subscribers: Subscribers;
  readonly ledger: Ledger;
  readonly random: Random;
  /** The name of the broker, its own for each scenario. */
  readonly broker: string;
  readonly topic: string;
  /** True in CI: a few seconds each. */
  readonly short: boolean;
  readonly egresses: readonly EgressSetup[];
  /** Prints what is done to the system, with the time since the scenario began. */
  readonly say: (what: string) => void;
  /** Notes that something breaks at this moment, from which the time to the next delivery is measured. */
  readonly fault: (what: string) => void;
  /** Carries out what makes Kafka or the subscriber go away and come back; the time of it counts for no bar, and its end is a fault. */
  readonly away: (what: string, during: () => Promise<void>) => Promise<void>;
  /** Writes the Trigger of an egress, in place of what it was, and waits until all dispatchers serve it. */
  readonly apply: (egress: EgressSetup, trigger?: object) => Promise<void>;
  /** Removes the Trigger of an egress and waits until the controller has forgotten it. */
  readonly remove: (egress: EgressSetup) => Promise<void>;
  /** Goes on for some seconds. */
  readonly goOn: (seconds: number) => Promise<void>;
}

/** What a scenario must keep, beside: nothing lost, nothing unwanted, order where promised. */
export interface Bars {
  /** Of the accepted events. Not looked at when undefined. */
  readonly maxRepeatedShare?: number;
  readonly maxFirstDeliveryMs?: number;
  readonly maxStandstillMs: number;
  /** Whether events may go to the dead letter sink: only if a subscriber refuses them for good. */
  readonly deadLetters: boolean;
}

/** The bar that holds for every scenario. */
export const usualBars: Bars = { maxStandstillMs: 30_000, deadLetters: false };

/** One thing that goes wrong, or changes, while events flow. */
export interface Scenario {
  readonly name: string;
  readonly bars: Bars;
  /** Whether it is in the short set of CI. */
  readonly inShortSet: boolean;
  readonly egresses: () => readonly EgressSetup[];
  run(stage: Stage): Promise<void>;
}
