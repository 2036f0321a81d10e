import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppContext, drainShareMs } from '@eventing-kafka/app-runtime';
import {
  type ContractSubscription,
  startContractServer,
  type StreamSecurity,
  subscribeToContracts,
} from '@eventing-kafka/contract-stream';
import { startEgresses } from '@eventing-kafka/egress';
import { startEventViewer } from '@eventing-kafka/event-viewer';
import { startIngress } from '@eventing-kafka/ingress';
import { watchManifests } from '@eventing-kafka/manifests';
import { observeContract, startMetrics } from '@eventing-kafka/metrics';
import { type Reconciler, type ResourceReport, startReconciler } from '@eventing-kafka/reconciler';
import { startTokenVerifier, tokenVerifierOptions } from '@eventing-kafka/oidc';
import { startTracing } from '@eventing-kafka/tracing';
import type { settings } from './config.ts';
import { provideKafka } from './kafka-choice.ts';
import { Console } from './console.ts';

/** Inside one machine the parts talk over loopback, without certificates. */
const security: StreamSecurity = { kind: 'insecure' };
const loopback = '127.0.0.1';

/** What of the drain time is left for commits and for closing, once deliveries had their part. */
const closingMs = 400;

/** How long the start message waits for everything in the folder to be served. */
const settleMs = 2_000;

/** What runs the standalone. */
type Context = AppContext<typeof settings>;

/** Controller, receiver and dispatcher in one process, joined by the same gRPC stream that joins them as three. */
export async function runStandalone(context: Context): Promise<void> {
  const terminal = new Console(process.stdout, context.settings.noColor !== undefined);
  await serve(context, terminal);
  terminal.write('Stopped.\n');
}

/** Which parts there are, in order. Resolves when the signal is aborted and all of them are disposed. */
async function serve({ settings, logger, signal, drainTimeoutMs }: Context, terminal: Console): Promise<void> {
  const { host, port, viewerPort, adminPort, manifests, kafka: kafkaChoice } = settings;
  await using stack = new AsyncDisposableStack();

  const kafka = stack.use(await provideKafka(kafkaChoice, logger));
  const viewer = stack.use(
    await startEventViewer({ host, port: viewerPort, write: (text) => terminal.write(text), colors: terminal.colors }),
  );
  // Its problems are told as transitions; a log of them would say all twice.
  const source = stack.use(await watchManifests({ folder: manifests }));
  const contracts = stack.use(
    await startContractServer({
      host: loopback,
      port: 0,
      epoch: BigInt(Date.now()),
      mayRaiseEpoch: true,
      security,
      logger,
    }),
  );

  // The admin server is up before what it tells of: until then it answers "not ready".
  let status: () => unknown = () => ({ resources: [], problems: [], processes: [] });
  let ready = false;
  const service = { serviceName: 'eventing-kafka', serviceNamespace: 'standalone' };
  const metrics = stack.use(
    await startMetrics({
      ...service,
      host,
      port: adminPort,
      readiness: () => (ready ? { ready } : { ready, reason: 'the first contract is not applied yet' }),
      routes: {
        '/status': () => ({ contentType: 'application/json', body: `${JSON.stringify(status(), null, 2)}\n` }),
      },
      logger,
    }),
  );

  // Spans go nowhere here; the traces of senders go on to subscribers all the same.
  const tracing = stack.use(await startTracing({ ...service, export: { protocol: 'none' }, samplingRatio: 0, logger }));
  const finishMs = drainShareMs(drainTimeoutMs, closingMs);
  const verifier = tokenVerifierOptions(settings, undefined);
  const authenticate = verifier === undefined ? undefined : stack.use(startTokenVerifier({ ...verifier, logger }));
  const ingress = stack.use(
    await startIngress({
      host,
      port,
      kafka: kafka.clients,
      logger,
      meter: metrics.meter,
      tracing,
      authenticate,
      limits: { drainTimeoutMs: finishMs },
    }),
  );
  const receiver = stack.use(
    await subscribeToContracts({
      target: `${loopback}:${contracts.port}`,
      security,
      identity: { nodeId: 'receiver', kind: 'receiver', namespace: '' },
      apply: (update) => ingress.apply(update),
      logger,
    }),
  );
  let report: ContractSubscription['report'] = () => undefined;
  const egresses = stack.use(
    await startEgresses({
      kafka: kafka.clients,
      logger,
      meter: metrics.meter,
      tracing,
      drainTimeoutMs: finishMs,
      onState: (states) => report(states),
    }),
  );
  const dispatcher = stack.use(
    await subscribeToContracts({
      target: `${loopback}:${contracts.port}`,
      security,
      identity: { nodeId: 'dispatcher', kind: 'dispatcher', namespace: '' },
      apply: (update) => egresses.apply(update),
      logger,
    }),
  );
  report = (states) => dispatcher.report(states);
  observeContract(metrics.meter, 'receiver', receiver);
  observeContract(metrics.meter, 'dispatcher', dispatcher);

  const reconciler = stack.use(
    await startReconciler({
      source,
      contractServer: contracts,
      kafka: kafka.clients,
      logger,
      dataPlane: { ingressBaseUrl: ingress.url },
      serviceUrls: { '*/event-viewer': viewer.url },
      defaultBrokerConfig: { bootstrapServers: kafka.bootstrapServers, partitions: 4, replicationFactor: 1 },
      onTransition: (transition) => terminal.transition(transition),
    }),
  );
  status = () => reconciler.status();
  await Promise.all([receiver.firstApplied, dispatcher.firstApplied]);
  ready = true;
  await settled(reconciler, signal);

  terminal.welcome({
    manifests,
    kafka: kafka.description,
    ingressUrl: ingress.url,
    viewerUrl: viewer.url,
    adminUrl: metrics.admin.url,
    resources: reconciler.status().resources,
  });
  if (!signal.aborted) await once(signal, 'abort');
  terminal.write('Stopping: finishing what is under way …\n');
}

/** Waits until every resource is served, but not for long: what is refused or still open is told in lines of its own. */
async function settled(reconciler: Reconciler, signal: AbortSignal): Promise<void> {
  const unserved = ({ status: { conditions } }: ResourceReport): boolean =>
    conditions.find(({ type }) => type === 'Ready')?.status !== 'True';
  const deadline = performance.now() + settleMs;
  while (reconciler.status().resources.some(unserved) && performance.now() < deadline && !signal.aborted) {
    await delay(20);
  }
}
