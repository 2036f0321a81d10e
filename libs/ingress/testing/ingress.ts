import { silentLogger } from '@eventing-kafka/logging';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { createNoopMeter } from '@opentelemetry/api';
import { startIngress } from '../src/start-ingress.ts';
import type { Ingress, IngressOptions } from '../src/start-ingress.ts';

/** An ingress on a free port of this machine. */
export function startTestIngress(kafka: KafkaClients, options: Partial<IngressOptions> = {}): Promise<Ingress> {
  return startIngress({
    host: '127.0.0.1',
    port: 0,
    kafka,
    logger: silentLogger,
    meter: createNoopMeter(),
    ...options,
  });
}
