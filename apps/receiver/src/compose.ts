import { once } from 'node:events';
import { drainShareMs } from '@eventing-kafka/app-runtime';
import type { ApplyContract } from '@eventing-kafka/contract';
import { watchContractFile } from '@eventing-kafka/contract-file';
import { readStreamClient, subscribeToContracts, type ContractSubscription } from '@eventing-kafka/contract-stream';
import { inClusterClientOf } from '@eventing-kafka/in-cluster';
import {
  followDiscoveryBaseUrl,
  followTransportEncryption,
  startIngress,
  type IngressLimits,
} from '@eventing-kafka/ingress';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { createSecurityResolver, podCredentialsOptions } from '@eventing-kafka/kafka-credentials';
import type { Logger } from '@eventing-kafka/logging';
import { metricsOptions, observeContract, startMetrics } from '@eventing-kafka/metrics';
import { startTokenVerifier, tokenVerifierOptions } from '@eventing-kafka/oidc';
import { startTracing, tracingOptions } from '@eventing-kafka/tracing';
import type { ReceiverSettings } from './config.ts';

/**
 * Which parts a receiver has, in order: metrics first and last, then Kafka, who checks tokens, the ingress, and what tells it whom to serve.
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
  const openContracts = await contractSource(settings, logger);
  const credentials = podCredentialsOptions(settings);
  let notReadyReason = (): string | undefined => 'The ingress is starting.';

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(
    await startMetrics({
      ...metricsOptions(settings),
      readiness: () => {
        const reason = notReadyReason();
        return reason === undefined ? { ready: true } : { ready: false, reason };
      },
      logger,
    }),
  );
  const { serviceName, serviceNamespace } = settings;
  const tracing = stack.use(await startTracing({ serviceName, serviceNamespace, logger, ...tracingOptions(settings) }));
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const verifier = tokenVerifierOptions(settings, inClusterClientOf(settings));
  const authenticate = verifier === undefined ? undefined : stack.use(startTokenVerifier({ ...verifier, logger }));
  const ingress = stack.use(
    await startIngress({
      host: settings.host,
      port: settings.port,
      kafka,
      logger,
      meter: metrics.meter,
      tracing,
      authenticate,
      limits: limitsOf(settings, drainTimeoutMs),
      resolveSecurity: credentials === undefined ? undefined : createSecurityResolver({ ...credentials, signal }),
      tls: settings.tlsDir === undefined ? undefined : { directory: settings.tlsDir, port: settings.tlsPort },
      transportEncryption: settings.transportEncryption,
      reportEventType: ({ resource, ...kind }) => logger.info('new kind of event', { ...kind, resource }),
    }),
  );
  if (settings.featuresDir !== undefined) {
    const apply = ingress.setTransportEncryption;
    stack.use(await followTransportEncryption({ directory: settings.featuresDir, apply, logger }));
    if (authenticate !== undefined && verifier !== undefined && settings.oidcDiscoveryBaseUrl === undefined) {
      stack.use(
        await followDiscoveryBaseUrl({
          directory: settings.featuresDir,
          usual: verifier.baseUrl,
          apply: (baseUrl) => authenticate.useIssuer(baseUrl),
          logger,
        }),
      );
    }
  }
  notReadyReason = () => ingress.notReadyReason;
  const contracts = stack.use(await openContracts(ingress.apply));
  observeContract(metrics.meter, 'receiver', contracts);
  logger.info('receiver started', {
    url: ingress.url,
    tlsUrl: ingress.tlsUrl,
    adminUrl: metrics.admin.url,
    contractAddress: settings.contractAddress,
    contractFile: settings.contractFile,
  });
  if (!signal.aborted) await once(signal, 'abort');
  logger.info('receiver stopping');
  ingress.beginDrain();
}

function limitsOf(settings: ReceiverSettings, drainTimeoutMs: number): Partial<IngressLimits> {
  const { maxBodyBytes, maxBatchEvents, maxInFlightBytes, maxInFlightRequests, ingressSharePercent } = settings;
  const { requestTimeoutMs, produceTimeoutMs, idleTimeoutMs, drainDelayMs } = settings;
  return {
    maxBodyBytes,
    maxBatchEvents,
    maxInFlightBytes,
    maxInFlightRequests,
    ingressSharePercent,
    requestTimeoutMs,
    produceTimeoutMs,
    idleTimeoutMs,
    drainDelayMs,
    drainTimeoutMs: Math.max(0, drainShareMs(drainTimeoutMs) - drainDelayMs),
  };
}

/** Who says what to serve: a file, or a controller. What is wrong with the settings is told before anything starts. */
async function contractSource(
  settings: ReceiverSettings,
  logger: Logger,
): Promise<(apply: ApplyContract) => Promise<ContractSubscription>> {
  const { contractFile } = settings;
  if (contractFile !== undefined) {
    return (apply) => watchContractFile({ path: contractFile, kind: 'receiver', apply, logger });
  }
  const controller = await readStreamClient('receiver', settings);
  return (apply) => subscribeToContracts({ ...controller, apply, logger });
}
