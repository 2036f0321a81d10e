import { setTimeout as sleep } from 'node:timers/promises';
import { broker, type DataPlane, eventually, type ReportedResource } from '@eventing-kafka/e2e-support';
import type { EgressAccount } from './account.ts';
import { missedBars } from './bars.ts';
import { triggerName } from './egresses.ts';
import { Ledger } from './ledger.ts';
import { startLoad } from './producer.ts';
import { seededRandom } from './random.ts';
import type { EgressSetup, Scenario, Stage } from './scenario.ts';
import { readStoredLog } from './stored-log.ts';
import { sometimesSlow, startSubscribers, type Subscribers } from './subscribers.ts';
import type { System } from './system.ts';

/** What came of a scenario. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly seed: number;
  readonly accounts: readonly EgressAccount[];
  /** In words; empty when all bars were met. */
  readonly missed: readonly string[];
}

/** The load of every scenario: modest, since all parts share the machine, and enough that each partition always has events under way. */
const load = { keys: 48, eventsPerSecond: 240, connectionsPerReceiver: 24 };

/** Events that each egress has before anything is broken. */
const warmUpEvents = 100;
/** How long an egress may deliver nothing new, at the end, before what it owes is called lost; and how long a change may take to be seen. */
const patienceMs = 60_000;
/** What is repeated late still counts. */
const settleMs = 1_500;

/**
 * Runs a scenario on a system that is whole: makes a broker and Triggers, lets events flow, breaks what the scenario breaks, mends the system,
 * waits until everything owed has come or nothing comes any more, and closes the books.
 */
export async function runScenario(
  scenario: Scenario,
  system: System,
  { seed, short }: { seed: number; short: boolean },
): Promise<ScenarioResult> {
  await using stack = new AsyncDisposableStack();
  const ledger = new Ledger();
  const subscribers = stack.use(await startSubscribers(ledger, seed));
  const egresses = scenario.egresses();
  const stage = makeStage(scenario, { system, ledger, subscribers, egresses, short, seed });
  const brokerFile = `${stage.broker}.yaml`;
  const { manifests } = system.dataPlane;

  await manifests.write(brokerFile, broker(stage.broker));
  stack.defer(() => manifests.remove(brokerFile));
  await Promise.all(egresses.map((egress) => stage.apply(egress)));
  stage.say('serving');

  const posting = startLoad(ledger, {
    ...load,
    prefix: scenario.name,
    urls: system.ingressUrls.map((url) => `${url}/default/${stage.broker}`),
  });
  try {
    await eventually(
      'every egress delivers',
      () => egresses.every(({ name }) => ledger.settled(name) >= warmUpEvents),
      patienceMs,
    );
    await scenario.run(stage);
    await stage.goOn(short ? 1 : 3);
  } finally {
    await system.heal();
    subscribers.behave(sometimesSlow);
    stage.say('no more events are sent');
    await posting.stop();
  }
  const leftOver = await settle(ledger, egresses);
  ledger.stored = await readStoredLog(system.clients, system.kafka.bootstrapServers, stage.topic);
  // Some of those without a 202 are in the topic, and so are owed too.
  if (owedBy(ledger, egresses) > leftOver) await settle(ledger, egresses);
  await sleep(settleMs);

  const accounts = ledger.accounts(egresses, performance.now());
  await Promise.all(egresses.map((egress) => stage.remove(egress)));
  stage.say('the books are closed');
  return {
    scenario: scenario.name,
    seed,
    accounts,
    missed: accounts.flatMap((account) => missedBars(account, scenario.bars)),
  };
}

/** Waits until nothing is owed, or until nothing was settled for {@link patienceMs}; tells how much is owed then. */
async function settle(ledger: Ledger, egresses: readonly EgressSetup[]): Promise<number> {
  let last = owedBy(ledger, egresses);
  let movedAtMs = performance.now();
  while (last > 0 && performance.now() - movedAtMs < patienceMs) {
    await sleep(100);
    const now = owedBy(ledger, egresses);
    if (now !== last) movedAtMs = performance.now();
    last = now;
  }
  return last;
}

function owedBy(ledger: Ledger, egresses: readonly EgressSetup[]): number {
  return egresses.reduce((sum, egress) => sum + ledger.owed(egress).length, 0);
}

function makeStage(
  { name }: Scenario,
  parts: {
    readonly system: System;
    readonly ledger: Ledger;
    readonly subscribers: Subscribers;
    readonly egresses: readonly EgressSetup[];
    readonly short: boolean;
    readonly seed: number;
  },
): Stage {
  const { system, ledger, seed } = parts;
  const { dataPlane } = system;
  const beganAtMs = performance.now();
  const say = (what: string): void => {
    console.log(`  ${((performance.now() - beganAtMs) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  };
  const fault = (what: string): void => {
    ledger.faultsAtMs.push(performance.now());
    say(what);
  };
  const brokerName = `ledger-${name}`;
  const fileOf = (egress: EgressSetup): string => `${triggerName(stage, egress.name)}.yaml`;

  const stage: Stage = {
    ...parts,
    random: seededRandom(seed),
    broker: brokerName,
    topic: `knative-broker-default-${brokerName}`,
    say,
    fault,
    async away(what, during) {
      say(what);
      const fromMs = performance.now();
      await during();
      ledger.away.push({ fromMs, toMs: performance.now() });
      fault(`over: ${what}`);
    },
    async apply(egress, changed = egress.trigger(stage)) {
      const name = triggerName(stage, egress.name);
      const before = (await triggerOf(dataPlane, name))?.status.observedGeneration ?? 0;
      await dataPlane.manifests.write(fileOf(egress), changed);
      await eventually(
        `the change of ${name} is seen`,
        async () => {
          const seen = await triggerOf(dataPlane, name);
          return seen !== undefined && seen.status.observedGeneration > before;
        },
        patienceMs,
      );
      await dataPlane.ready(`Trigger ${name}`);
    },
    async remove(egress) {
      await dataPlane.manifests.remove(fileOf(egress));
      const gone = triggerName(stage, egress.name);
      await eventually(
        `${gone} is forgotten`,
        async () => (await triggerOf(dataPlane, gone)) === undefined,
        patienceMs,
      );
    },
    goOn: (seconds) => sleep(seconds * 1000),
  };
  return stage;
}

async function triggerOf(dataPlane: DataPlane, name: string): Promise<ReportedResource | undefined> {
  return (await dataPlane.status()).find(({ kind, metadata }) => kind === 'Trigger' && metadata.name === name);
}
