/**
 * Releases the libraries: each gets the version its own conventional commits ask for, a changelog of its own and a tag
 * `<library>@<version>`; libraries that depend on it follow. Before 1.0.0 bumps are one step smaller: a `feat` gives a patch,
 * a `!` a minor version.
 *
 *     npx nx run workspace:release                      what would happen (changes nothing)
 *     npx nx run workspace:release --projects=contract  the same for some
 *     npx nx run workspace:release --publish            does it: commits, tags, publishes to npm
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { releaseChangelog, releasePublish, releaseVersion } from 'nx/release/index.js';

const { values } = parseArgs({
  options: {
    publish: { type: 'boolean', default: false },
    projects: { type: 'string' },
    'first-release': { type: 'boolean', default: false },
  },
});
const dryRun = !values.publish;
const selection = {
  dryRun,
  firstRelease: values['first-release'],
  ...(values.projects && { projects: values.projects.split(',') }),
};

if (!dryRun) {
  const dirty = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
  if (dirty !== '') throw new Error(`Release from a clean checkout; these files are changed:\n${dirty}`);
  // What is published is what was just checked.
  execFileSync('npx', ['nx', 'run-many', '--target=lint,typecheck,test,build', '--projects=tag:type:lib'], {
    stdio: 'inherit',
  });
}

const { projectsVersionData, releaseGraph } = await releaseVersion({ ...selection, gitCommit: false, gitTag: false });
await releaseChangelog({
  ...selection,
  versionData: projectsVersionData,
  releaseGraph,
  gitCommit: !dryRun,
  gitTag: !dryRun,
});
if (dryRun) console.log('\nA dry run: nothing was changed. Add --publish to release.');
else {
  const results = await releasePublish({ ...selection, releaseGraph });
  if (Object.values(results).some(({ code }) => code !== 0)) process.exitCode = 1;
}
