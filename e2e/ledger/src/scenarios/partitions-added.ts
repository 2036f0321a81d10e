import { eventually } from '@eventing-kafka/e2e-support';
import { Admin } from '@platformatic/kafka';
import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';
import { partitions } from '../system.ts';

const morePartitions = partitions + 3;

/**
 * The topic gets more partitions, and a receiver that starts anew knows them at once. Keys move there, and every egress must read
 * them from their first record, however late its dispatcher learns of them.
 */
export const partitionsAdded: Scenario = {
  name: 'partitions-added',
  bars: usualBars,
  inShortSet: true,
  egresses: eachOrder,
  async run({ system, topic, random, short, fault, say, goOn }) {
    fault(`${morePartitions} partitions in place of ${partitions}`);
    await addPartitions(system.kafka.bootstrapServers, topic);
    const receiver = random.pick(system.receivers);
    say(`${receiver.name} is started again`);
    await receiver.stop();
    await receiver.start();
    await using topics = await system.clients.topics(system.kafka);
    await eventually(
      'records lie in every partition',
      async () => {
        const ends = await topics.offsets(topic, 'latest');
        return ends.size === morePartitions && [...ends.values()].every((end) => end > 0);
      },
      60_000,
    );
    say('records lie in every partition');
    await goOn(short ? 1 : 20);
  },
};

async function addPartitions(bootstrapServers: string, topic: string): Promise<void> {
  const admin = new Admin({ clientId: 'ledger', bootstrapBrokers: [bootstrapServers] });
  try {
    // The client sends an empty list of assignments as one, not as "choose yourself"; there is one node to choose.
    const assignments = Array.from({ length: morePartitions - partitions }, () => ({ brokerIds: [1] }));
    await admin.createPartitions({ topics: [{ name: topic, count: morePartitions, assignments }] });
  } finally {
    await admin.close();
  }
}
