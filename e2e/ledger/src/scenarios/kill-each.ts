import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** A dispatcher, a receiver and the controller are killed within seconds, and all of them come back. */
export const killEach: Scenario = {
  name: 'kill-each',
  bars: { ...usualBars, maxFirstDeliveryMs: 5_000 },
  inShortSet: true,
  egresses: eachOrder,
  async run({ system, random, fault, goOn }) {
    const victims = [random.pick(system.dispatchers), random.pick(system.receivers), system.controller];
    for (const victim of victims) {
      await goOn(random.between(0, 1));
      fault(`${victim.name} is killed`);
      await victim.kill();
    }
    await goOn(random.between(0, 1));
    for (const victim of victims) await victim.start();
  },
};
