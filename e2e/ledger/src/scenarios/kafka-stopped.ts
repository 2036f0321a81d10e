import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';

/** Kafka is stopped for a while and started again on the same data. */
export const kafkaStopped: Scenario = {
  name: 'kafka-stopped',
  bars: usualBars,
  inShortSet: true,
  egresses: eachOrder,
  async run({ system, short, away, goOn }) {
    await away('Kafka is stopped', async () => {
      const upAgainAtMs = performance.now() + (short ? 8_000 : 30_000);
      await system.kafka.stop();
      await goOn(Math.max(0, upAgainAtMs - performance.now()) / 1000);
      await system.kafka.restart();
    });
    await goOn(short ? 1 : 5);
  },
};
