/** A controller to be killed: `node controller-process.ts <port> <epoch> <broker uid>` prints its port and serves one Broker. */
import { silentLogger } from '@eventing-kafka/logging';
import { startContractServer } from '../src/index.ts';
import { broker, stateOf } from './contracts.ts';

const [port = '0', epoch = '1', uid = 'a'] = process.argv.slice(2);
const server = await startContractServer({
  host: '127.0.0.1',
  port: Number(port),
  epoch: BigInt(epoch),
  security: { kind: 'insecure' },
  logger: silentLogger,
});
server.publish(stateOf(broker(uid)));
process.stdout.write(`${server.port}\n`);
