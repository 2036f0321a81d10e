import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { startAdmissionServer } from '@eventing-kafka/admission';
import { keepCertificates } from '@eventing-kafka/certificates';
import type { CertificateEvent, CertificateKeeper, WantedCertificates } from '@eventing-kafka/certificates';
import { clusterSecretStore } from '@eventing-kafka/cluster-identity';
import { connectKubernetes, isKubernetesError, KubernetesError, leadByLease } from '@eventing-kafka/kubernetes';
import type { KubernetesClient, Leadership } from '@eventing-kafka/kubernetes';
import { startKubernetesSource } from '@eventing-kafka/kubernetes-source';
import type { RunningKubernetesSource } from '@eventing-kafka/kubernetes-source';
import type { Logger } from '@eventing-kafka/logging';
import type { Meter } from '@opentelemetry/api';
import { initialState, startAdmin } from './admin.ts';
import type { AdminState } from './admin.ts';
import type { ControllerContext } from './compose.ts';
import type { ControllerSettings } from './config.ts';
import { lead } from './lead.ts';
import { webhookCertificates, webhookSecret } from './wanted-certificates.ts';

/** What every replica has. */
export interface ClusterParts {
  readonly client: KubernetesClient;
  readonly source: RunningKubernetesSource;
  /** Waits until there are all, or the signal aborts; then it rejects. */
  readonly certificates: (wanted: WantedCertificates, signal: AbortSignal) => Promise<CertificateKeeper>;
  readonly webhookKeeper: CertificateKeeper;
  readonly meter: Meter;
  readonly state: AdminState;
}

/** This process led and does not any more: another one may lead already, so that it has to begin anew. */
class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
  readonly code = 'CONTROLLER_LEADERSHIP_LOST';
}

/**
 * A controller for a Kubernetes cluster. Every replica follows the objects and answers webhooks; the one that holds the Lease reconciles
 * and pushes:
 *
 *     connected ──▶ objects read, webhooks answered ──▶ ready ── Lease ──▶ leading ── Lease lost ──▶ exit 1, begun anew by the kubelet
 */
export async function runOnCluster({ settings, logger, signal }: ControllerContext): Promise<void> {
  const nodeId = settings.nodeId ?? `${hostname()}-${process.pid}`;
  const state = initialState('The objects of the cluster were not read yet.');
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await connect(settings.serviceName));
  const metrics = stack.use(await startAdmin({ settings, logger }, state));
  logger.info('controller started', { adminUrl: metrics.admin.url, server: client.server });
  try {
    const { systemNamespace } = settings;
    const source = stack.use(
      await startKubernetesSource({ client, logger, systemNamespace, instance: nodeId, signal }),
    );
    state.notReadyReason = () => 'The certificate of the webhooks is not there yet.';
    const certificates: ClusterParts['certificates'] = (wanted, until) =>
      keptCertificates(client, settings, wanted, logger, until);
    const webhookKeeper = stack.use(await certificates(webhookCertificates(settings), signal));
    const webhooks = stack.use(await answerWebhooks(settings, source, webhookKeeper, logger, metrics.meter));
    state.notReadyReason = () => undefined;
    logger.info('webhooks are answered', { port: webhooks.port });

    const leadership = stack.use(await candidate(client, settings, nodeId, logger, signal));
    try {
      await lead(
        { settings, logger, signal: AbortSignal.any([signal, leadership.lost]) },
        { client, source, certificates, webhookKeeper, meter: metrics.meter, state },
        leadership.epoch,
      );
    } catch (cause) {
      if (!leadership.lost.aborted) throw cause;
      throw new LeadershipLost(String(leadership.lost.reason), { cause });
    }
    if (leadership.lost.aborted && !signal.aborted) throw new LeadershipLost(String(leadership.lost.reason));
  } catch (error) {
    // Asked to stop before it led, or before the API server answered.
    if (!signal.aborted) throw error;
    logger.debug('stopped while starting', { error });
  }
  logger.info('controller stopping');
}

/** There are two ways to run a controller; whoever has no cluster may have meant the other. */
async function connect(userAgent: string): Promise<KubernetesClient> {
  try {
    return await connectKubernetes({ userAgent });
  } catch (error) {
    if (!isKubernetesError(error, 'KUBERNETES_CONFIG')) throw error;
    throw new KubernetesError(error.code, `${error.message}; or name a folder with --manifests`, { cause: error });
  }
}

function candidate(
  client: KubernetesClient,
  { systemNamespace, leaseName }: ControllerSettings,
  nodeId: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Leadership> {
  return leadByLease({
    client,
    namespace: systemNamespace,
    name: leaseName,
    // The Pod's: a container is only started again when the one before is gone, so that its Lease is taken up at once, with a new epoch.
    identity: nodeId,
    epochAnnotation: 'eventing-kafka/epoch',
    signal,
    logger,
  });
}

function keptCertificates(
  client: KubernetesClient,
  { systemNamespace }: ControllerSettings,
  wanted: WantedCertificates,
  logger: Logger,
  signal: AbortSignal,
): Promise<CertificateKeeper> {
  return keepCertificates({
    store: clusterSecretStore({
      client,
      namespace: systemNamespace,
      labels: { 'app.kubernetes.io/name': 'eventing-kafka', 'app.kubernetes.io/managed-by': 'kafka-controller' },
    }),
    wanted,
    clock: {
      now: () => new Date(),
      sleep: (ms, over) => delay(ms, undefined, { signal: over }).catch(() => undefined),
    },
    signal,
    report: (event) => logCertificate(logger, event),
  });
}

function logCertificate(logger: Logger, event: CertificateEvent): void {
  switch (event.kind) {
    case 'written':
      return logger.info('certificate Secret written', { ...event.step });
    case 'overtaken':
      return logger.debug('certificate Secret was written by another replica', { ...event.step });
    case 'failed':
      return logger.warn('certificate Secrets could not be kept', {
        error: event.error,
        retryInMs: event.retryInMs,
        ...(isKubernetesError(event.error) ? { code: event.error.code } : {}),
      });
  }
}

function answerWebhooks(
  { systemNamespace, controllerAccount, webhookHost, webhookPort, allowLoopback }: ControllerSettings,
  source: RunningKubernetesSource,
  keeper: CertificateKeeper,
  logger: Logger,
  meter: Meter,
): ReturnType<typeof startAdmissionServer> {
  return startAdmissionServer({
    host: webhookHost,
    port: webhookPort,
    tls: keeper.materialOf(webhookSecret),
    context: {
      systemNamespace,
      configMap: (name) => source.get('ConfigMap', systemNamespace, name)?.data,
      isPending: (name) => source.pending('ConfigMap', systemNamespace, name),
      brokerClassOf: (namespace, name) =>
        source.get('Broker', namespace, name)?.metadata.annotations['eventing.knative.dev/broker.class'],
      controllerUser: `system:serviceaccount:${systemNamespace}:${controllerAccount}`,
      allowLoopback,
    },
    logger,
    meter,
  });
}
