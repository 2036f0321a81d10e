import { once } from 'node:events';
import type { TlsMaterialSource } from '@eventing-kafka/certificates';
import { keepWebhooksTrusted, podOfToken } from '@eventing-kafka/cluster-identity';
import { readServerMaterial, startContractServer } from '@eventing-kafka/contract-stream';
import type { AuthenticateProcess } from '@eventing-kafka/contract-stream';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { defaultRegionOf, parseKafkaCredentials } from '@eventing-kafka/kafka-credentials';
import type { KubernetesClient } from '@eventing-kafka/kubernetes';
import { startReconciler } from '@eventing-kafka/reconciler';
import type { ReconcilerOptions } from '@eventing-kafka/reconciler';
import type { ClusterWriter, DataPlaneAccount } from '@eventing-kafka/resources';
import type { ControllerContext } from './compose.ts';
import type { ControllerSettings } from './config.ts';
import type { ClusterParts } from './on-cluster.ts';
import { NamespacedIdentities } from './namespaced-identities.ts';
import { reconcilingOptions } from './reconciling.ts';
import { logTransition } from './transition-log.ts';
import { allowedPeers, contractCertificates, controllerSecret, webhookSecret } from './wanted-certificates.ts';

/** Audience of the tokens by which data-plane processes prove which Pod they are. */
const tokenAudience = 'eventing-kafka-contract';

/** What only the leader does, in order: certificates, the server of contracts, Kafka, reconciling. Until `signal` is aborted. */
export async function lead(
  { settings, logger, signal }: ControllerContext,
  parts: ClusterParts,
  epoch: bigint,
): Promise<void> {
  const { client, source, meter, state, webhookKeeper } = parts;
  await using stack = new AsyncDisposableStack();
  stack.use(keepWebhooksTrusted({ client, material: webhookKeeper.materialOf(webhookSecret), logger }));
  const contractServer = stack.use(
    await startContractServer({
      host: settings.contractHost,
      port: settings.contractPort,
      epoch,
      security: {
        kind: 'mutual-tls',
        material: await contractMaterial(settings, parts, stack, signal),
        peers: allowedPeers(settings),
      },
      authenticate: podProof(client),
      logger,
    }),
  );
  const kafka = stack.use(createKafkaClients({ logger, clientId: settings.serviceName }));
  const common = reconcilingOptions(settings);
  const reconciler = stack.use(
    await startReconciler({
      ...common,
      source,
      contractServer,
      kafka,
      logger,
      meter,
      roster: {
        expected: () => source.roster.processes,
        changes: async function* (until) {
          for await (const _ of source.roster.changes(until)) yield;
        },
      },
      // Certificates that somebody else issues, they issue for namespaces too.
      ...(settings.contractTlsDir === undefined
        ? { dataPlaneIdentities: stack.use(new NamespacedIdentities(settings, parts)) }
        : {}),
      securityOf: securityOf(source.cluster, settings),
      dataPlane: { ingressBaseUrl: settings.ingressUrl, clusterDomain: settings.clusterDomain },
      planning: {
        ...common.planning,
        ingressServices: { Broker: 'kafka-broker-ingress', KafkaSink: 'kafka-sink-ingress' },
        namespacedDataPlanes: settings.namespacedBrokers,
        judgesEventPolicies: settings.reconcileEventPolicies,
        allowLoopback: settings.allowLoopback,
      },
      dataPlaneAccounts: (namespace) => [
        accountIn(settings, namespace, settings.receiverAccount),
        accountIn(settings, namespace, settings.dispatcherAccount),
      ],
      dispatcherAccount: (namespace) => accountIn(settings, namespace, settings.dispatcherAccount),
      onTransition: (transition) => logTransition(logger, transition),
    }),
  );
  state.status = () => reconciler.status();
  logger.info('leading', { contractAddress: `${settings.contractHost}:${contractServer.port}`, epoch });
  if (!signal.aborted) await once(signal, 'abort');
}

/** An account of a data plane; an empty namespace is that of the shared one. */
function accountIn({ systemNamespace }: ControllerSettings, namespace: string, name: string): DataPlaneAccount {
  return { name, namespace: namespace === '' ? systemNamespace : namespace };
}

/** Certificates that somebody else issues are read from files; else they are issued here. */
async function contractMaterial(
  settings: ControllerSettings,
  { certificates }: ClusterParts,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<TlsMaterialSource> {
  const fromFiles = await readServerMaterial(settings);
  if (fromFiles !== undefined) return fromFiles;
  return stack.use(await certificates(contractCertificates(settings), signal)).materialOf(controllerSecret);
}

/** A process is the Pod that its token was issued to. */
function podProof(client: KubernetesClient): AuthenticateProcess {
  return async ({ token }, signal) => {
    const outcome = await podOfToken(client, token, { audience: tokenAudience, signal });
    if (outcome.kind === 'refused') return { kind: 'refused', reason: 'TokenRefused', message: outcome.message };
    const { name, namespace, serviceAccount } = outcome.pod;
    return { kind: 'proved', nodeId: name, namespace, account: serviceAccount };
  };
}

function securityOf(
  cluster: ClusterWriter,
  settings: ControllerSettings,
): NonNullable<ReconcilerOptions['securityOf']> {
  return async (secret) => {
    const data = await cluster.readSecret(secret);
    if (data === undefined)
      throw new Error(`failed to get secret ${secret.namespace}/${secret.name}: secrets "${secret.name}" not found`);
    return parseKafkaCredentials(data, { defaultRegion: defaultRegionOf(settings) });
  };
}
