import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** A receiver is killed amid requests, while the other one lives, and comes back. */
export const killReceiver: Scenario = {
  name: 'kill-receiver',
  bars: { ...usualBars, maxFirstDeliveryMs: 5_000 },
  inShortSet: false,
  egresses: eachOrder,
  async run({ system, random, fault, goOn }) {
    for (let round = 0; round < 4; round += 1) {
      const victim = random.pick(system.receivers);
      await goOn(random.between(0, 3));
      fault(`${victim.name} is killed`);
      await victim.kill();
      await goOn(random.between(0.5, 4));
      await victim.start();
      await goOn(2);
    }
  },
};
