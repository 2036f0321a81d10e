/**
 * Runs a Kafka for as long as it is wanted: prints its address, and ends it on SIGINT or SIGTERM.
 *
 *     node --conditions=@eventing-kafka/source src/local-kafka.ts
 */
import { once } from 'node:events';
import { startLocalKafka } from '@eventing-kafka/local-kafka';

await using kafka = await startLocalKafka({ properties: { 'auto.create.topics.enable': 'false' } });
console.log(kafka.bootstrapServers);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
