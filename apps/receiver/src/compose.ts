import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { StreamSecurity } from '@eventing-kafka/contract-stream';
import { subscribeToContracts } from '@eventing-kafka/contract-stream';
import { startIngress, type IngressLimits } from '@eventing-kafka/ingress';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import type { ReceiverSettings } from './config.ts';

/** What of the drain time is left for closing producers and connections, once requests had their part. */
const closingMs = 3_000;

/**
 * Which parts a receiver has, in order: metrics first and last, then Kafka, the ingress, and what tells it whom to serve.
 * Resolves when `signal` is aborted and all of them are disposed: not ready, answer what was accepted, close.
 */
export async function runReceiver({
  settings,
  logger,
  signal,
  drainTimeoutMs,
}: {
  settings: ReceiverSettings;
  logger: Logger;
  signal: AbortSignal;
  drainTimeoutMs: number;
}): Promise<void> {
  const security = await streamSecurity(settings);
  let notReadyReason = (): string | undefined => 'The ingress is starting.';

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(
    await startMetrics({
      serviceName: settings.serviceName,
      serviceNamespace: settings.serviceNamespace,
      host: settings.adminHost,
      port: settings.adminPort,
      readiness: () => {
        const reason = notReadyReason();
        return reason === undefined ? { ready: true } : { ready: false, reason };
      },
      logger,
    }),
  );
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const ingress = stack.use(
    await startIngress({
      host: settings.host,
      port: settings.port,
      kafka,
      logger,
      meter: metrics.meter,
      limits: limitsOf(settings, drainTimeoutMs),
    }),
  );
  notReadyReason = () => ingress.notReadyReason;
  stack.use(
    await subscribeToContracts({
      target: settings.contractAddress,
      security,
      identity: {
        nodeId: settings.nodeId ?? `${hostname()}-${process.pid}`,
        kind: 'receiver',
        namespace: settings.namespace,
      },
      ...(settings.snapshotFile === undefined ? {} : { snapshotFile: settings.snapshotFile }),
      apply: ingress.apply,
      logger,
    }),
  );
  logger.info('receiver started', {
    url: ingress.url,
    adminUrl: metrics.admin.url,
    contractAddress: settings.contractAddress,
  });
  if (!signal.aborted) await once(signal, 'abort');
  logger.info('receiver stopping');
  ingress.beginDrain();
}

function limitsOf(settings: ReceiverSettings, drainTimeoutMs: number): Partial<IngressLimits> {
  const { maxBodyBytes, maxInFlightBytes, maxInFlightRequests } = settings;
  const { requestTimeoutMs, produceTimeoutMs, idleTimeoutMs, drainDelayMs } = settings;
  return {
    maxBodyBytes,
    maxInFlightBytes,
    maxInFlightRequests,
    requestTimeoutMs,
    produceTimeoutMs,
    idleTimeoutMs,
    drainDelayMs,
    drainTimeoutMs: Math.max(0, Math.floor(Math.max(drainTimeoutMs - closingMs, drainTimeoutMs / 2)) - drainDelayMs),
  };
}

async function streamSecurity({
  contractCaFile,
  contractCertFile,
  contractKeyFile,
}: ReceiverSettings): Promise<StreamSecurity> {
  if (contractCaFile === undefined || contractCertFile === undefined || contractKeyFile === undefined)
    return { kind: 'insecure' };
  const [ca, cert, key] = await Promise.all(
    [contractCaFile, contractCertFile, contractKeyFile].map((file) => readFile(file, 'utf8')),
  );
  return { kind: 'mutual-tls', ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}
