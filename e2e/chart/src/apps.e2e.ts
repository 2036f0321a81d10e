import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ApiServer, type AppName, startApiServer, startApp } from '@eventing-kafka/e2e-support';
import { parse } from 'yaml';
import { chartFolder } from './chart-values.ts';
import { render, withKafka } from './render.ts';
import { type Workload, workloadsOf } from './workloads.ts';

interface ScrapeJob {
  readonly job_name: string;
  readonly relabel_configs: readonly { readonly source_labels?: readonly string[]; readonly regex?: string }[];
}

/** Read by the runtime and not by the app. */
const ofNode: ReadonlySet<string> = new Set(['NODE_OPTIONS']);

describe('the chart and the apps agree', { timeout: 120_000 }, () => {
  let server: ApiServer;
  let workloads: readonly Workload[];

  before(async () => {
    server = await startApiServer();
    const everywhere = { ...withKafka, 'certManager.enabled': 'true', 'certManager.issuerRef.name': 'contract' };
    workloads = workloadsOf(await render(server, everywhere));
  });
  after(() => server[Symbol.asyncDispose]());

  test('each variable that the chart sets is a setting of the app', async () => {
    for (const { name, pod } of workloads) {
      const [{ args = [], env }] = pod.containers;
      const app = args[0] as AppName;
      await using help = startApp(app, { args: ['--help'] });
      assert.equal(await help.exited(), 0, help.output);
      const isKnown = (variable: string): boolean => help.output.includes(variable) || ofNode.has(variable);
      const unknown = env.map(({ name: variable }) => variable).filter((variable) => !isKnown(variable));
      assert.deepEqual(unknown, [], `${name} runs ${app}`);
    }
  });

  test('every port of a Service or probe is one that its container has', async () => {
    for (const { name, pod } of workloads) {
      const [{ ports = [], livenessProbe, readinessProbe }] = pod.containers;
      for (const probe of [livenessProbe, readinessProbe]) {
        if (probe === undefined) continue;
        assert.ok(
          ports.some((port) => port.name === probe.httpGet.port),
          name,
        );
      }
    }
    for (const manifest of await render(server)) {
      if (manifest.kind !== 'Service') continue;
      const { selector, ports } = manifest['spec'] as {
        readonly selector: { readonly app: string };
        readonly ports: readonly { readonly targetPort: number }[];
      };
      const selected = workloads.filter(({ labels }) => labels['app'] === selector.app);
      assert.equal(selected.length, 1, `Service ${manifest.metadata.name} leads to one workload`);
      const numbers = selected[0]!.pod.containers[0].ports?.map(({ containerPort }) => containerPort) ?? [];
      for (const { targetPort } of ports) assert.ok(numbers.includes(targetPort), manifest.metadata.name);
    }
  });

  test('an app ends by itself before its Pod is killed', () => {
    for (const { name, pod } of workloads) {
      const limit = pod.containers[0].env.find((variable) => variable.name === 'DRAIN_TIMEOUT')?.value ?? '';
      assert.match(limit, /^\d+s$/);
      assert.ok(parseInt(limit) < pod.terminationGracePeriodSeconds, name);
    }
  });

  test('the scrape jobs find the metrics of each workload', async () => {
    const jobs = parse(
      await readFile(join(chartFolder, 'files/prometheus-scrape.yaml'), 'utf8'),
    ) as readonly ScrapeJob[];
    const served = workloads.filter(({ pod }) =>
      pod.containers[0].ports?.some(({ name, containerPort }) => name === 'http-metrics' && containerPort === 9090),
    );
    assert.deepEqual(jobs.map(({ job_name }) => job_name).sort(), served.map(({ labels }) => labels['app']).sort());
    for (const { job_name, relabel_configs } of jobs) {
      const kept = relabel_configs.find(
        ({ source_labels }) => source_labels?.[0] === '__meta_kubernetes_pod_label_app',
      );
      assert.equal(kept?.regex, job_name);
    }
  });
});
