import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** The controller is killed, stays away for a while and comes back; meanwhile a dispatcher is started again without it. */
export const killController: Scenario = {
  name: 'kill-controller',
  bars: { ...usualBars, maxFirstDeliveryMs: 5_000 },
  inShortSet: false,
  egresses: eachOrder,
  async run({ system, random, say, fault, goOn }) {
    const { controller, dispatchers } = system;
    for (let round = 0; round < 3; round += 1) {
      await goOn(random.between(0, 3));
      fault('the controller is killed');
      await controller.kill();
      await goOn(random.between(1, 6));
      const restarted = random.pick(dispatchers);
      say(`${restarted.name} is started again without a controller`);
      await restarted.stop();
      await restarted.start();
      await controller.start();
      await goOn(2);
    }
  },
};
