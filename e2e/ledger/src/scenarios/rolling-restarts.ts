import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** Every dispatcher and every receiver is stopped with SIGTERM and started again, one after the other, ten times over. */
export const rollingRestarts: Scenario = {
  name: 'rolling-restarts',
  bars: { ...usualBars, maxRepeatedShare: 0.001 },
  inShortSet: true,
  egresses: eachOrder,
  async run({ system, short, fault, goOn }) {
    for (let round = 1; round <= (short ? 2 : 10); round += 1) {
      fault(`rolling restart ${round}`);
      const receivers = short ? system.receivers.slice(0, 1) : system.receivers;
      for (const part of [...system.dispatchers, ...receivers]) {
        await part.stop();
        await part.start();
      }
      await goOn(short ? 0 : 1);
    }
  },
};
