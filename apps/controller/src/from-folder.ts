import { once } from 'node:events';
import { readServerSecurity, startContractServer } from '@eventing-kafka/contract-stream';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { watchManifests } from '@eventing-kafka/manifests';
import { startReconciler } from '@eventing-kafka/reconciler';
import { initialState, startAdmin } from './admin.ts';
import type { ControllerContext } from './compose.ts';
import { reconcilingOptions } from './reconciling.ts';
import { logTransition } from './transition-log.ts';

/**
 * A controller for a folder of manifests, in order: the source, the server that data-plane processes connect to, metrics and status,
 * Kafka, and what brings them all together.
 */
export async function runFromFolder({ settings, logger, signal }: ControllerContext, folder: string): Promise<void> {
  const security = await readServerSecurity(settings);
  const state = initialState('The first contract is not out yet.');

  await using stack = new AsyncDisposableStack();
  // Its problems come as transitions: once is enough.
  const source = stack.use(await watchManifests({ folder }));
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
  const { notReadyReason } = state;
  state.notReadyReason = () => (contractServer.revision === undefined ? notReadyReason() : undefined);
  const metrics = stack.use(await startAdmin({ settings, logger }, state));
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const reconciler = stack.use(
    await startReconciler({
      ...reconcilingOptions(settings),
      source,
      contractServer,
      kafka,
      logger,
      meter: metrics.meter,
      dataPlane: { ingressBaseUrl: settings.ingressUrl, clusterDomain: settings.clusterDomain },
      deleteData: settings.deleteData,
      onTransition: (transition) => logTransition(logger, transition),
    }),
  );
  state.status = () => reconciler.status();
  logger.info('controller started', {
    contractAddress: `${settings.contractHost}:${contractServer.port}`,
    adminUrl: metrics.admin.url,
    manifests: folder,
  });
  if (!signal.aborted) await once(signal, 'abort');
  logger.info('controller stopping');
}
