import { eventually } from '@eventing-kafka/e2e-support';
import { Admin } from '@platformatic/kafka';
import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';
import { partitions } from '../system.ts';

const morePartitions = partitions + 3;
/** How long receivers may go on with the partitions they know. */
const noticeMs = 60_000;

/** The topic gets more partitions. Keys move to them, and every egress must read them from their first record. */
export const partitionsAdded: Scenario = {
  name: 'partitions-added',
  bars: usualBars,
  inShortSet: true,
  egresses: eachOrder,
  async run({ system, topic, short, fault, say, goOn }) {
    const admin = new Admin({ clientId: 'ledger', bootstrapBrokers: [system.kafka.bootstrapServers] });
    try {
      fault(`${morePartitions} partitions in place of ${partitions}`);
      // The client sends an empty list of assignments as one, not as "choose yourself"; there is one node to choose.
      const assignments = Array.from({ length: morePartitions - partitions }, () => ({ brokerIds: [1] }));
      await admin.createPartitions({ topics: [{ name: topic, count: morePartitions, assignments }] });
    } finally {
      await admin.close();
    }
    if (short) {
      await goOn(2);
      return;
    }
    await using topics = await system.clients.topics(system.kafka);
    const filled = await eventually(
      'records come into the new partitions',
      async () => {
        const ends = await topics.offsets(topic, 'latest');
        return [...ends].every(([, end]) => end > 0);
      },
      noticeMs,
    );
    say(`all partitions have records: ${filled}`);
    await goOn(10);
  },
};
