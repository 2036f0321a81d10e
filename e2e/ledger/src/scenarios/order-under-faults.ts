import { everything } from '../egresses.ts';
import { type Scenario, type Stage, usualBars } from '../scenario.ts';
import { accept } from '../subscribers.ts';

/**
 * Ordered egresses with retries in them, while dispatchers are killed and restarted at random, sometimes two of them at once, and mostly before the
 * last fault is over: takeovers are interrupted by the next death.
 */
export const orderUnderFaults: Scenario = {
  name: 'order-under-faults',
  bars: usualBars,
  inShortSet: false,
  egresses: () => [everything('ordered'), everything('key')],
  async run(stage) {
    const { random, subscribers, goOn } = stage;
    // Retries keep events under way, so that there is something to get out of order.
    subscribers.behave(({ random }) => (random.next() < 0.02 ? { kind: 'refuse', status: 503 } : accept));
    for (let round = 0; round < 6; round += 1) {
      await goOn(random.between(0, 3));
      await random.pick([killOne, killTwo, restartOne])(stage);
    }
  },
};

async function killOne({ system, random, fault, goOn }: Stage): Promise<void> {
  const victim = random.pick(system.dispatchers);
  fault(`${victim.name} is killed`);
  await victim.kill();
  await goOn(random.between(0, 4));
  await victim.start();
}

async function killTwo({ system, random, fault, goOn }: Stage): Promise<void> {
  const survivor = random.pick(system.dispatchers);
  const victims = system.dispatchers.filter((part) => part !== survivor);
  fault(`all dispatchers but ${survivor.name} are killed`);
  await Promise.all(victims.map((part) => part.kill()));
  await goOn(random.between(0, 4));
  await Promise.all(victims.map((part) => part.start()));
}

async function restartOne({ system, random, fault }: Stage): Promise<void> {
  const part = random.pick(system.dispatchers);
  fault(`${part.name} is restarted`);
  await part.stop();
  await part.start();
}
