import { formatFiles, names } from '@nx/devkit';

/**
 * Makes `libs/<name>` in the shape of every library here: manifest with tags and the source condition, the three
 * TypeScript configurations, a README and an entry that lists its public names one by one.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, description: string, scope?: string, layer?: string }} options
 */
export default async function library(tree, { name, description, scope = 'shared', layer = 'core' }) {
  const root = `libs/${name}`;
  if (tree.exists(`${root}/package.json`)) throw new Error(`${root} exists already; choose another name`);
  const json = (path, value) => tree.write(`${root}/${path}`, `${JSON.stringify(value, null, 2)}\n`);

  json('package.json', {
    name: `@eventing-kafka/${name}`,
    version: '0.1.0',
    license: 'Apache-2.0',
    description,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=24' },
    exports: {
      '.': {
        '@eventing-kafka/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    files: ['dist', 'README.md', 'CHANGELOG.md'],
    publishConfig: { access: 'public' },
    nx: { name, tags: ['type:lib', `scope:${scope}`, `layer:${layer}`] },
  });
  json('tsconfig.json', {
    extends: '../../tsconfig.base.json',
    files: [],
    include: [],
    references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }],
  });
  json('tsconfig.lib.json', {
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo' },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts'],
    references: [],
  });
  json('tsconfig.spec.json', {
    extends: '../../tsconfig.base.json',
    // Tests import sources by `./x.ts` across two configurations, which only a build without emitted code allows.
    compilerOptions: {
      outDir: 'out-tsc',
      emitDeclarationOnly: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
    },
    include: ['src/**/*.test.ts', 'testing/**/*.ts', 'benchmarks/**/*.ts'],
    references: [{ path: './tsconfig.lib.json' }],
  });
  tree.write(
    `${root}/README.md`,
    `# @eventing-kafka/${name}\n\n${description}\n\n## Example\n\n\`\`\`ts\nimport {} from '@eventing-kafka/${name}';\n\`\`\`\n\n## What it leaves out\n`,
  );
  tree.write(
    `${root}/src/index.ts`,
    `/** The public names of \`@eventing-kafka/${names(name).fileName}\`, listed one by one. */\nexport {};\n`,
  );
  await formatFiles(tree);
}
