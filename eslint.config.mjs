import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';
import { boundaryOptions } from './tools/workspace/src/dependency-constraints.mjs';

/** Node's I/O and timers: a core library decides, it does not act (CONTRIBUTING.md, "Pure cores"). */
const ioModules = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'net',
  'timers',
  'timers/promises',
  'tls',
  'worker_threads',
];
const coreLibraries = ['cloudevents-codec', 'config', 'contract', 'delivery', 'filters', 'logging', 'resources'];

export default tseslint.config(
  { ignores: ['package.json', '**/dist', '**/out-tsc', '**/node_modules', '**/generated/**', '.nx', '**/*.d.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaryOptions],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // Numbers read well in text; everything else is still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // An empty object type and a non-null assertion are both refused; an index known to be in range is checked instead.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.e2e.ts', '**/benchmarks/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      // node:test's `test()` and `describe()` return promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
  {
    files: coreLibraries.map((name) => `libs/${name}/src/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ioModules
            .flatMap((name) => [name, `node:${name}`])
            .map((name) => ({
              name,
              message: 'A core library does no I/O and sets no timers; pass what it needs in.',
            })),
        },
      ],
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'process'],
    },
  },
  {
    // A published library lists what it imports, and nothing more.
    files: ['libs/*/package.json'],
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          // None of this is in the package. (`src/testing`, an entry of its own, is.)
          ignoredFiles: ['**/*.test.ts', '{projectRoot}/{benchmarks,integration,testing}/**'],
          includeTransitiveDependencies: false,
        },
      ],
    },
  },
  prettier,
);
