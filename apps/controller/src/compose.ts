import { once } from 'node:events';
import { readStreamSecurity, startContractServer } from '@eventing-kafka/contract-stream';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { watchManifests } from '@eventing-kafka/manifests';
import { metricsOptions, startMetrics } from '@eventing-kafka/metrics';
import { startReconciler } from '@eventing-kafka/reconciler';
import type { ReconcilerStatus, Transition } from '@eventing-kafka/reconciler';
import { keyText, parseNameTemplate, problemText } from '@eventing-kafka/resources';
import type { PlanningOptions } from '@eventing-kafka/resources';
import type { ControllerSettings } from './config.ts';

/**
 * Which parts a controller has, in order: the source, the server that data-plane processes connect to, metrics and status,
 * Kafka, and what brings them all together. Resolves when `signal` is aborted and all of them are disposed.
 */
export async function runController({
  settings,
  logger,
  signal,
}: {
  settings: ControllerSettings;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const security = await readStreamSecurity(settings);
  let status = (): ReconcilerStatus => ({ resources: [], problems: [], processes: [] });

  await using stack = new AsyncDisposableStack();
  // Its problems come as transitions: once is enough.
  const source = stack.use(await watchManifests({ folder: settings.manifests }));
  const contractServer = stack.use(
    await startContractServer({
      host: settings.contractHost,
      port: settings.contractPort,
      // A controller that starts later is a later term, also when the clock was set back: there is no other one.
      epoch: BigInt(Date.now()),
      mayRaiseEpoch: true,
      security,
      logger,
    }),
  );
  const metrics = stack.use(
    await startMetrics({
      ...metricsOptions(settings),
      readiness: () =>
        contractServer.revision === undefined
          ? { ready: false, reason: 'The first contract is not out yet.' }
          : { ready: true },
      routes: {
        '/status': () => ({ contentType: 'application/json', body: `${JSON.stringify(status(), null, 2)}\n` }),
      },
      logger,
    }),
  );
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const reconciler = stack.use(
    await startReconciler({
      source,
      contractServer,
      kafka,
      logger,
      dataPlane: { ingressBaseUrl: settings.ingressUrl, clusterDomain: settings.clusterDomain },
      serviceUrls: Object.fromEntries(settings.serviceUrls.map(splitAtFirstEquals)),
      ...(settings.kafka === undefined ? {} : { defaultBrokerConfig: defaultBrokerConfig(settings, settings.kafka) }),
      planning: planning(settings),
      deleteData: settings.deleteData,
      onTransition: (transition) => logTransition(logger, transition),
    }),
  );
  status = () => reconciler.status();
  logger.info('controller started', {
    contractAddress: `${settings.contractHost}:${contractServer.port}`,
    adminUrl: metrics.admin.url,
    manifests: settings.manifests,
  });
  if (!signal.aborted) await once(signal, 'abort');
  logger.info('controller stopping');
}

function logTransition(logger: Logger, transition: Transition): void {
  switch (transition.kind) {
    case 'changed':
      return logger.info('resource changed', { resource: keyText(transition.key), change: transition.change });
    case 'serving':
      return logger.info('resource is serving', { resource: keyText(transition.key), afterMs: transition.afterMs });
    case 'gone':
      return logger.info('resource is no longer served', {
        resource: keyText(transition.key),
        afterMs: transition.afterMs,
      });
    case 'refused': {
      const { key, reason, message: detail, previousGoesOn, place } = transition;
      return logger.warn('resource is refused', {
        resource: keyText(key),
        reason,
        detail,
        previousGoesOn,
        ...(place === undefined ? {} : { place }),
      });
    }
    case 'problem':
      return logger.warn('manifest has a problem', { problem: problemText(transition.problem) });
    case 'problem-solved':
      return logger.info('problem of a manifest is solved', { problem: problemText(transition.problem) });
  }
}

function defaultBrokerConfig(
  { partitions, replicationFactor }: ControllerSettings,
  bootstrapServers: string,
): { bootstrapServers: string; partitions: number; replicationFactor: number } {
  return { bootstrapServers, partitions, replicationFactor };
}

function planning({ topicTemplate, groupTemplate, initialOffset }: ControllerSettings): Partial<PlanningOptions> {
  const [brokerTopicName, triggerGroupName] = [topicTemplate, groupTemplate].map(parseNameTemplate);
  return {
    ...(brokerTopicName === undefined ? {} : { brokerTopicName }),
    ...(triggerGroupName === undefined ? {} : { triggerGroupName }),
    initialOffset,
  };
}

function splitAtFirstEquals(entry: string): [name: string, url: string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
