/**
 * The Nx targets of every project, in one place: a project says what it is by the files it has, not by scripts it repeats.
 *
 * | a project with …                        | gets                       |
 * | --------------------------------------- | -------------------------- |
 * | `tsconfig.lib.json`/`tsconfig.app.json` | `build` (to `dist`)        |
 * | `tsconfig.json`                         | `typecheck`, `lint`        |
 * | a `*.test.ts` (or `.mjs`) under `src`   | `test`                     |
 * | a place under `libs/`                   | `test` of its README too   |
 * | a `*.e2e.ts` under `src`                | `e2e`                      |
 *
 * A project adds to these or changes them under `nx.targets` of its `package.json`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const sourceCondition = '--conditions=@eventing-kafka/source';

export const createNodesV2 = [
  '{apps,libs,tools,e2e}/*/package.json',
  (packageFiles, _options, context) =>
    packageFiles.map((packageFile) => {
      const root = dirname(packageFile);
      const directory = join(context.workspaceRoot, root);
      return [packageFile, { projects: { [root]: { root, targets: targetsOf(directory, root.startsWith('libs/')) } } }];
    }),
];

function targetsOf(directory, isLibrary) {
  const targets = {};
  const buildConfig = ['tsconfig.lib.json', 'tsconfig.app.json'].find((name) => existsSync(join(directory, name)));
  if (buildConfig !== undefined) {
    targets.build = {
      command: `tsc -b ${buildConfig}`,
      options: { cwd: '{projectRoot}' },
      cache: true,
      dependsOn: ['^build'],
      inputs: ['production', '^production', { externalDependencies: ['typescript'] }],
      outputs: ['{projectRoot}/dist'],
    };
  }
  if (existsSync(join(directory, 'tsconfig.json'))) {
    targets.typecheck = {
      command: 'tsc -b',
      options: { cwd: '{projectRoot}' },
      cache: true,
      // The references of a project are built on the way; running after them keeps two compilers from writing one folder.
      dependsOn: ['build', '^typecheck'],
      inputs: ['default', '^production', { externalDependencies: ['typescript'] }],
      outputs: ['{projectRoot}/out-tsc'],
    };
    targets.lint = {
      command: 'eslint . --max-warnings=0',
      options: { cwd: '{projectRoot}' },
      cache: true,
      inputs: [
        'default',
        '^production',
        '{workspaceRoot}/eslint.config.mjs',
        { externalDependencies: ['eslint', 'typescript-eslint', '@nx/eslint-plugin'] },
      ],
    };
  }
  if (isLibrary || hasFile(directory, '.test.ts', '.test.mjs')) {
    const readmeExample = isLibrary ? ' ../../tools/workspace/src/readme-example.mjs' : '';
    targets.test = {
      command: `node ${sourceCondition} --test "src/**/*.test.{ts,mjs}"${readmeExample}`,
      options: { cwd: '{projectRoot}' },
      cache: true,
      inputs: ['default', '^production', '{workspaceRoot}/tools/workspace/src/readme-example.mjs'],
    };
  }
  if (hasFile(directory, '.e2e.ts')) {
    targets.e2e = {
      command: `node ${sourceCondition} --test --test-force-exit --test-concurrency=1 --test-timeout=600000 "src/**/*.e2e.ts"`,
      options: { cwd: '{projectRoot}' },
      cache: false,
      // Suites start whole processes and own the machine while they run.
      parallelism: false,
      dependsOn: ['^build', { projects: ['tag:type:app'], target: 'build' }],
      inputs: ['default', '^production'],
    };
  }
  return targets;
}

function hasFile(directory, ...endings) {
  const source = join(directory, 'src');
  if (!existsSync(source)) return false;
  return readdirSync(source, { recursive: true }).some((name) => endings.some((ending) => name.endsWith(ending)));
}
