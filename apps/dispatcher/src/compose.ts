import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { EgressRuntimeState } from '@eventing-kafka/contract';
import { subscribeToContracts, type ContractSubscription, type StreamSecurity } from '@eventing-kafka/contract-stream';
import { startEgresses } from '@eventing-kafka/egress';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import type { DispatcherSettings } from './config.ts';

/** What of the drain time is left for commits and for leaving the groups, once deliveries had their part. */
const closingMs = 3_000;

/**
 * Which parts a dispatcher has, in order: metrics first and last, then Kafka, the egresses, and what tells them whom to serve.
 * Resolves when `signal` is aborted and all of them are disposed: no new deliveries, finish those under way, commit, close.
 */
export async function runDispatcher({
  settings,
  logger,
  signal,
  drainTimeoutMs,
}: {
  settings: DispatcherSettings;
  logger: Logger;
  signal: AbortSignal;
  drainTimeoutMs: number;
}): Promise<void> {
  const security = await streamSecurity(settings);
  let notReadyReason: string | undefined = 'No contract was applied yet.';
  let contracts: ContractSubscription | undefined;

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(
    await startMetrics({
      serviceName: settings.serviceName,
      serviceNamespace: settings.serviceNamespace,
      host: settings.adminHost,
      port: settings.adminPort,
      readiness: () => (notReadyReason === undefined ? { ready: true } : { ready: false, reason: notReadyReason }),
      logger,
    }),
  );
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const { maxInFlight, maxBufferedBytes, commitIntervalMs, maxConnectionsPerOrigin } = settings;
  const egresses = stack.use(
    await startEgresses({
      kafka,
      logger,
      meter: metrics.meter,
      signal,
      onState: (states: readonly EgressRuntimeState[]) => contracts?.report(states),
      drainTimeoutMs: Math.max(drainTimeoutMs - closingMs, drainTimeoutMs / 2),
      feedGroupPrefix: settings.feedGroupPrefix,
      limits: { maxInFlight, maxBufferedBytes, commitIntervalMs, maxConnectionsPerOrigin },
    }),
  );
  contracts = stack.use(
    await subscribeToContracts({
      target: settings.contractAddress,
      security,
      identity: {
        nodeId: settings.nodeId ?? `${hostname()}-${process.pid}`,
        kind: 'dispatcher',
        namespace: settings.namespace,
      },
      ...(settings.snapshotFile === undefined ? {} : { snapshotFile: settings.snapshotFile }),
      apply: egresses.apply,
      logger,
    }),
  );
  contracts.firstApplied.then(
    () => (notReadyReason = signal.aborted ? notReadyReason : undefined),
    // Disposed before a contract came: not ready is what it is.
    () => undefined,
  );
  logger.info('dispatcher started', { adminUrl: metrics.admin.url, contractAddress: settings.contractAddress });
  if (!signal.aborted) await once(signal, 'abort');
  notReadyReason = 'The dispatcher is stopping.';
  logger.info('dispatcher stopping');
}

async function streamSecurity({
  contractCaFile,
  contractCertFile,
  contractKeyFile,
}: DispatcherSettings): Promise<StreamSecurity> {
  if (contractCaFile === undefined || contractCertFile === undefined || contractKeyFile === undefined)
    return { kind: 'insecure' };
  const [ca, cert, key] = await Promise.all(
    [contractCaFile, contractCertFile, contractKeyFile].map((file) => readFile(file, 'utf8')),
  );
  return { kind: 'mutual-tls', ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}
