/**
 * Manifests in, plan out: `testdata/*.in.yaml` and what comes of it, reviewed like code. `node --test --test-update-snapshots`
 * writes the expected output anew.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Egress, Resource } from '@eventing-kafka/contract';
import { parseAllDocuments } from 'yaml';
import {
  isOurBroker,
  parseResource,
  pathText,
  planBroker,
  planKafkaSink,
  planTrigger,
  planningOptions,
} from './index.ts';
import type { ManifestResource, ResourceView, TriggerPlan } from './index.ts';

const folder = new URL('../testdata/', import.meta.url);
const options = planningOptions({
  ingressBaseUrl: 'http://localhost:8080/',
  defaultBrokerConfig: { bootstrapServers: 'localhost:9092', partitions: 4, replicationFactor: 1 },
});

function planned(text: string): unknown {
  const parsed = parseAllDocuments(text).map((document) => parseResource(document.toJS()));
  const objects = parsed.flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
  const view: ResourceView = {
    get: (kind, namespace, name) =>
      objects.find(
        (object) => object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
      ) as never,
  };
  return {
    problems: parsed.flatMap(({ problems }) =>
      problems.map(({ severity, path, message, expected }) => ({ severity, path: pathText(path), message, expected })),
    ),
    plans: objects.flatMap((object) => planOf(object, view)),
  };
}

function planOf(object: ManifestResource, view: ResourceView): readonly unknown[] {
  const { kind, metadata } = object;
  const head = { kind, namespace: metadata.namespace, name: metadata.name };
  if (kind === 'Trigger') {
    const plan = planTrigger(object, view, undefined, options);
    if (plan === undefined) return [{ ...head, plan: 'none: its Broker is not served here' }];
    return [
      { ...head, failures: failuresOf(plan), egress: plan.egress && Egress.toJSON(plan.egress), status: plan.status },
    ];
  }
  if (kind === 'Broker' && !isOurBroker(object)) return [{ ...head, plan: 'none: not served here' }];
  if (kind !== 'Broker' && kind !== 'KafkaSink') return [];
  const plan = kind === 'Broker' ? planBroker(object, view, undefined, options) : planKafkaSink(object, view, options);
  const { topic, resource, address, status } = plan;
  return [
    { ...head, failures: failuresOf(plan), topic, resource: resource && Resource.toJSON(resource), address, status },
  ];
}

function failuresOf({ failures }: Pick<TriggerPlan, 'failures'>): readonly unknown[] {
  return failures.map(({ path, ...failure }) => ({
    ...failure,
    ...(path === undefined ? {} : { at: pathText(path) }),
  }));
}

const inputs = readdirSync(folder).filter((name) => name.endsWith('.in.yaml'));
assert.ok(inputs.length > 0, 'testdata is there');

for (const input of inputs) {
  test(`plans ${input} as in ${input.replace('.in.yaml', '.out.json')}`, (t) => {
    const output = new URL(input.replace('.in.yaml', '.out.json'), folder);
    t.assert.fileSnapshot(planned(readFileSync(new URL(input, folder), 'utf8')), output.pathname);
  });
}
