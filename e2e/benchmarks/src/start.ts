import {
  type AppName,
  type AppProcess,
  becomesReady,
  freePort,
  manifestsFolder,
  startApp,
} from '@eventing-kafka/e2e-support';

/** How many starts the median is taken of. */
const rounds = 5;

/**
 * From the start of a process to its readiness, for each app: the controller with an empty folder, receiver and dispatcher with
 * that controller, the standalone with its embedded Kafka. The median of five.
 */
export async function measureStart(bootstrapServers: string): Promise<readonly object[]> {
  await using manifests = await manifestsFolder();
  const contractPort = await freePort();
  const common = {
    INGRESS_HOST: '127.0.0.1',
    ADMIN_HOST: '127.0.0.1',
    CONTRACT_ADDRESS: `127.0.0.1:${contractPort}`,
    LOG_FORMAT: 'json',
  };
  const controller = {
    ...common,
    MANIFESTS: manifests.path,
    CONTRACT_PORT: String(contractPort),
    KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
    INGRESS_URL: 'http://127.0.0.1:1',
  };
  const lines = [await medianStart('controller', () => controller)];
  const { app } = await timedStart('controller', controller);
  await using _controller = app;
  lines.push(await medianStart('receiver', () => ({ ...common, INGRESS_PORT: '0', NODE_ID: 'start-receiver' })));
  lines.push(await medianStart('dispatcher', () => ({ ...common, NODE_ID: 'start-dispatcher' })));
  lines.push(await medianStart('standalone', () => ({ INGRESS_PORT: '0', VIEWER_PORT: '0' })));
  return lines;
}

async function medianStart(name: AppName, env: () => Readonly<Record<string, string>>): Promise<object> {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const { app, readyMs } = await timedStart(name, env());
    await app.stop();
    times.push(readyMs);
  }
  const readyMs = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  return { bench: 'start', app: name, readyMs: Math.round(readyMs) };
}

async function timedStart(
  name: AppName,
  env: Readonly<Record<string, string>>,
): Promise<{ app: AppProcess; readyMs: number }> {
  const adminPort = await freePort();
  const app = startApp(name, { env: { ...env, ADMIN_PORT: String(adminPort) } });
  await becomesReady(app, adminPort);
  return { app, readyMs: performance.now() - app.startedAt };
}
