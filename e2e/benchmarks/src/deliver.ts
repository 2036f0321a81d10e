import { type DataPlane, eventually, trigger } from '@eventing-kafka/e2e-support';
import { runScript, startServer } from './child.ts';
import { cpuMicros } from './cpu-time.ts';
import { round } from './ingest.ts';

/**
 * The rate at which a dispatcher works off a backlog for one trigger, beside a bare loop of `undici.request` that posts the same
 * event to the same kind of server in the same run.
 *
 * @param url where the broker takes events
 * @param backlogMilliseconds how long the backlog is filled at full rate
 */
export async function measureDeliver(
  dataPlane: DataPlane,
  brokerName: string,
  url: string,
  backlogMilliseconds: number,
): Promise<readonly object[]> {
  await using subscriber = await startServer('bare-server.ts');
  const received = async (): Promise<number> => Number(await (await fetch(subscriber.url)).text());

  // The trigger exists before the backlog, so that its offsets are fixed; its dispatcher does not.
  const registrar = await dataPlane.startDispatcher('registrar');
  await dataPlane.manifests.write('deliver.yaml', trigger('deliver', brokerName, `${subscriber.url}/`));
  await dataPlane.ready('Trigger deliver');
  await registrar.stop();
  const { accepted } = await runScript<{ readonly accepted: number }>(
    'load-generator.ts',
    url,
    '50',
    String(backlogMilliseconds),
  );

  const dispatcher = await dataPlane.startDispatcher('deliverer');
  // The first fifth warms up; the rest is measured.
  const warm = Math.floor(accepted / 5);
  await eventually('the backlog is being delivered', async () => (await received()) >= warm, 60_000);
  const [countBefore, cpuBefore, startedAt] = [await received(), cpuMicros(dispatcher.pid), performance.now()];
  await eventually('the backlog is delivered', async () => (await received()) >= accepted, 120_000);
  const [countAfter, cpuAfter, endedAt] = [await received(), cpuMicros(dispatcher.pid), performance.now()];
  await dispatcher.stop();
  await dataPlane.manifests.remove('deliver.yaml');

  const yardstick = await runScript<{ readonly cpuMicrosPerEvent: number; readonly eventsPerSecond: number }>(
    'bare-client.ts',
    `${subscriber.url}/`,
    '50000',
  );
  const cpuMicrosPerEvent = (cpuAfter - cpuBefore) / (countAfter - countBefore);
  return [
    {
      bench: 'deliver',
      triggers: 1,
      eventsPerSecond: Math.round((countAfter - countBefore) / ((endedAt - startedAt) / 1_000)),
      cpuMicrosPerEvent: round(cpuMicrosPerEvent),
      yardstickEventsPerSecond: yardstick.eventsPerSecond,
      yardstickCpuMicros: yardstick.cpuMicrosPerEvent,
      ratio: round(cpuMicrosPerEvent / yardstick.cpuMicrosPerEvent),
    },
  ];
}
