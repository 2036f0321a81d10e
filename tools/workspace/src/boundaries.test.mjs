import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { boundaryOptions } from './dependency-constraints.mjs';

const workspaceRoot = resolve(fileURLToPath(import.meta.url), '../../../..');
process.chdir(workspaceRoot);

/** Each row breaks one boundary: a file that does not exist imports what its project may not have. */
const violations = [
  ['an app that imports a driver', 'apps/receiver/src/probe.ts', 'node-rdkafka'],
  ['an app that imports gRPC', 'apps/controller/src/probe.ts', '@grpc/grpc-js'],
  ['an app that imports another app', 'apps/standalone/src/probe.ts', '@eventing-kafka/receiver'],
  ['a library that imports an app', 'libs/ingress/src/probe.ts', '@eventing-kafka/receiver'],
  ['a core library that imports an adapter', 'libs/filters/src/probe.ts', '@eventing-kafka/kafka-client'],
  ['a core library that imports a driver', 'libs/contract/src/probe.ts', '@grpc/grpc-js'],
  ['the data plane that imports the control plane', 'libs/ingress/src/probe.ts', '@eventing-kafka/resources'],
  ['the control plane that imports the data plane', 'libs/reconciler/src/probe.ts', '@eventing-kafka/egress'],
  ['a shared library that imports a plane', 'libs/config/src/probe.ts', '@eventing-kafka/delivery'],
  ['a suite that imports an app', 'e2e/data-plane/src/probe.ts', '@eventing-kafka/dispatcher'],
  ['a suite of the control plane that imports the data plane', 'e2e/kubernetes/src/probe.ts', '@eventing-kafka/egress'],
  ['a library reached by its files', 'libs/ingress/src/probe.ts', '../../contract/src/index.ts'],
];

/** What each project is there for must pass, or the rows above would prove nothing. */
const permitted = [
  ['an app that composes libraries', 'apps/receiver/src/probe.ts', '@eventing-kafka/ingress'],
  ['an adapter that uses a core library', 'libs/ingress/src/probe.ts', '@eventing-kafka/contract'],
  ['a suite of a plane that uses its libraries', 'e2e/kubernetes/src/probe.ts', '@eventing-kafka/kubernetes-source'],
  ['the client that knows its driver', 'libs/kafka-client/src/probe.ts', 'node-rdkafka'],
];

// Without a project graph the rule passes everything, silently.
await createProjectGraphAsync();
const eslint = new ESLint({
  cwd: workspaceRoot,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      plugins: { '@nx': nx },
      rules: { '@nx/enforce-module-boundaries': ['error', boundaryOptions] },
    },
  ],
});

async function complaints(file, specifier) {
  const [result] = await eslint.lintText(`import '${specifier}';\n`, { filePath: resolve(workspaceRoot, file) });
  assert.equal(result.fatalErrorCount, 0, JSON.stringify(result.messages));
  return result.messages;
}

for (const [name, file, specifier] of violations) {
  test(`lint refuses ${name}`, async () => {
    const messages = await complaints(file, specifier);
    // Some break two constraints at once.
    const rules = new Set(messages.map(({ ruleId }) => ruleId));
    assert.deepEqual([...rules], ['@nx/enforce-module-boundaries'], `${specifier} in ${file}`);
  });
}

for (const [name, file, specifier] of permitted) {
  test(`lint accepts ${name}`, async () => {
    assert.deepEqual(await complaints(file, specifier), []);
  });
}

test('the lint configuration of every project holds the rule with these options', async () => {
  const configured = new ESLint({ cwd: workspaceRoot });
  for (const file of ['apps/receiver/src/main.ts', 'libs/contract/src/index.ts', 'e2e/support/src/index.ts']) {
    const { rules } = await configured.calculateConfigForFile(resolve(workspaceRoot, file));
    const [severity, options] = rules['@nx/enforce-module-boundaries'];
    assert.equal(severity, 2, file);
    assert.deepEqual(options.depConstraints, boundaryOptions.depConstraints, file);
  }
});
