import {
  BackoffPolicy,
  DeliveryOrder,
  InitialOffset,
  KeyType,
  type Egress,
  type EgressConfig,
} from '../generated/eventing_kafka/contract/v1/contract.ts';
import { filterProblems } from './filter-problems.ts';
import { problem, type Problems } from './problem.ts';
import {
  absoluteUrlProblems,
  certificateProblems,
  countProblems,
  delayProblems,
  enumProblems,
  missingProblems,
  quote,
  urlProblems,
} from './value-problems.ts';

const mostRetries = 2 ** 32 - 1;
const mostReplicas = 2 ** 31 - 1;

/** Everything wrong within one egress. */
export function* egressProblems(egress: Egress, path: string): Problems {
  yield* missingProblems(egress.uid, `${path}.uid`, 'the uid of the Trigger, Subscription or KafkaSource');
  yield* missingProblems(egress.consumerGroup, `${path}.consumerGroup`, 'the name of a consumer group');
  // Of any scheme: what cannot be posted goes to the dead letter sink, and users may have asked for just that (dispatcher.md D14).
  yield* absoluteUrlProblems(egress.destination, `${path}.destination`);
  if (egress.replyStrategy?.$case === 'replyUrl') yield* urlProblems(egress.replyStrategy.value, `${path}.replyUrl`);
  yield* certificateProblems(egress.destinationCaCerts, `${path}.destinationCACerts`);
  yield* certificateProblems(egress.replyUrlCaCerts, `${path}.replyUrlCACerts`);
  if (egress.egressConfig !== undefined) yield* egressConfigProblems(egress.egressConfig, `${path}.egressConfig`);
  yield* enumProblems(egress.deliveryOrder, DeliveryOrder, `${path}.deliveryOrder`);
  yield* enumProblems(egress.keyType, KeyType, `${path}.keyType`);
  yield* enumProblems(egress.initialOffset, InitialOffset, `${path}.initialOffset`);
  yield* countProblems(egress.vReplicas, `${path}.vReplicas`, mostReplicas);
  for (const name of Object.keys(egress.filter?.attributes ?? {})) {
    if (name === '') yield problem(`${path}.filter.attributes`, 'names an attribute with an empty name');
  }
  for (const [index, filter] of egress.dialectedFilter.entries())
    yield* filterProblems(filter, `${path}.dialectedFilter[${index}]`);
}

/** Everything wrong within the delivery settings of a resource or an egress. */
export function* egressConfigProblems(config: EgressConfig, path: string): Problems {
  if (config.deadLetter !== '') yield* urlProblems(config.deadLetter, `${path}.deadLetter`);
  yield* certificateProblems(config.deadLetterCaCerts, `${path}.deadLetterCACerts`);
  yield* countProblems(config.retry, `${path}.retry`, mostRetries);
  yield* enumProblems(config.backoffPolicy, BackoffPolicy, `${path}.backoffPolicy`);
  yield* delayProblems(config.backoffDelay, `${path}.backoffDelay`);
  yield* delayProblems(config.timeout, `${path}.timeout`);
  yield* delayProblems(config.retryAfterMax, `${path}.retryAfterMax`);
  if (!['', 'binary', 'json'].includes(config.format))
    yield problem(`${path}.format`, `is ${quote(config.format)}; expected json, binary or nothing`);
}
