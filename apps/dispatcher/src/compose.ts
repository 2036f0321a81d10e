import { once } from 'node:events';
import { drainShareMs } from '@eventing-kafka/app-runtime';
import type { ApplyContract } from '@eventing-kafka/contract';
import { watchContractFile } from '@eventing-kafka/contract-file';
import { readStreamClient, subscribeToContracts, type ContractSubscription } from '@eventing-kafka/contract-stream';
import { startEgresses, type EgressLimits, type Egresses } from '@eventing-kafka/egress';
import { inClusterClientOf } from '@eventing-kafka/in-cluster';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { createSecurityResolver, podCredentialsOptions } from '@eventing-kafka/kafka-credentials';
import type { Logger } from '@eventing-kafka/logging';
import { metricsOptions, observeContract, startMetrics } from '@eventing-kafka/metrics';
import { createTokenSource } from '@eventing-kafka/oidc';
import { startTracing, tracingOptions } from '@eventing-kafka/tracing';
import type { DispatcherSettings } from './config.ts';
import { destinationRules } from './destination-settings.ts';

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
  const openContracts = await contractSource(settings, logger);
  const credentials = podCredentialsOptions(settings);
  const inCluster = inClusterClientOf(settings);
  let notReadyReason: string | undefined = 'No contract was applied yet.';
  let report: ContractSubscription['report'] = () => undefined;
  let stuck: Egresses['stuck'] = () => undefined;

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(
    await startMetrics({
      ...metricsOptions(settings),
      readiness: () => (notReadyReason === undefined ? { ready: true } : { ready: false, reason: notReadyReason }),
      liveness: () => {
        const reason = stuck();
        return reason === undefined ? { ready: true } : { ready: false, reason };
      },
      logger,
    }),
  );
  const { serviceName, serviceNamespace, isolationLevel } = settings;
  const tracing = stack.use(await startTracing({ serviceName, serviceNamespace, logger, ...tracingOptions(settings) }));
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const egresses = stack.use(
    await startEgresses({
      kafka,
      logger,
      meter: metrics.meter,
      tracing,
      signal,
      onState: (states) => report(states),
      drainTimeoutMs: drainShareMs(drainTimeoutMs),
      feedGroupPrefix: settings.feedGroupPrefix,
      kafkaProperties: isolationLevel === undefined ? {} : { 'isolation.level': isolationLevel },
      resolveSecurity: credentials === undefined ? undefined : createSecurityResolver({ ...credentials, signal }),
      tokens: inCluster === undefined ? undefined : createTokenSource({ inCluster, logger }),
      sendTokensOverHttp: settings.sendTokensOverHttp,
      destinations: destinationRules(settings),
      limits: egressLimits(settings),
    }),
  );
  stuck = () => egresses.stuck();
  const contracts = stack.use(await openContracts(egresses.apply));
  observeContract(metrics.meter, 'dispatcher', contracts);
  report = (states) => contracts.report(states);
  contracts.firstApplied.then(
    () => (notReadyReason = signal.aborted ? notReadyReason : undefined),
    // Disposed before a contract came: not ready is what it is.
    () => undefined,
  );
  logger.info('dispatcher started', {
    adminUrl: metrics.admin.url,
    contractAddress: settings.contractAddress,
    contractFile: settings.contractFile,
  });
  if (!signal.aborted) await once(signal, 'abort');
  notReadyReason = 'The dispatcher is stopping.';
  logger.info('dispatcher stopping');
}

/** Who says what to serve: a file, or a controller. What is wrong with the settings is told before anything starts. */
async function contractSource(
  settings: DispatcherSettings,
  logger: Logger,
): Promise<(apply: ApplyContract) => Promise<ContractSubscription>> {
  const { contractFile } = settings;
  if (contractFile !== undefined) {
    return (apply) => watchContractFile({ path: contractFile, kind: 'dispatcher', apply, logger });
  }
  const controller = await readStreamClient('dispatcher', settings);
  return (apply) => subscribeToContracts({ ...controller, apply, logger });
}

function egressLimits(settings: DispatcherSettings): Partial<EgressLimits> {
  const { maxInFlight, maxBufferedBytes, commitIntervalMs, maxConnectionsPerOrigin, maxReplyHops } = settings;
  const { adaptiveConcurrency, breakerFailures, breakerMaxPauseMs, breakerPatienceMs } = settings;
  return {
    ...{ maxInFlight, maxBufferedBytes, commitIntervalMs, maxConnectionsPerOrigin, maxReplyHops },
    ...{ adaptiveConcurrency, breakerFailures, breakerMaxPauseMs, breakerPatienceMs },
  };
}
