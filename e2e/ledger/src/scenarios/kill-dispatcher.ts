import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** A dispatcher is killed at a random moment, while the two others live, and comes back at another one. */
export const killDispatcher: Scenario = {
  name: 'kill-dispatcher',
  bars: { ...usualBars, maxFirstDeliveryMs: 5_000 },
  inShortSet: false,
  egresses: eachOrder,
  async run({ system, random, fault, goOn }) {
    for (let round = 0; round < 4; round += 1) {
      const victim = random.pick(system.dispatchers);
      await goOn(random.between(0, 2));
      fault(`${victim.name} is killed`);
      await victim.kill();
      // Sometimes before, sometimes after the group has noticed.
      await goOn(random.between(1, 16));
      await victim.start();
      await goOn(4);
    }
  },
};
