/**
 * Fails when a change to the `.proto` files breaks what older processes and controllers rely on. Compares with the last release of
 * the contract library (tag `contract@…`), or with the main branch as long as there is none; says which, and when there is nothing
 * to compare with. `--print-base` only prints what it would compare with.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { run, workspaceRoot } from './generated.mjs';

const base = await findBase();
if (process.argv.includes('--print-base')) {
  console.log(base === undefined ? 'none' : `${base.name} ${base.tree}`);
} else if (base === undefined) {
  console.log('Nothing compared: there is neither a tag contract@… nor a main branch here.');
} else if (base.files.length === 0) {
  console.log(`Nothing compared: ${base.name} has no .proto files.`);
} else {
  await compareWith(base);
}

async function compareWith({ name, commit, files }) {
  const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-breaking-'));
  try {
    for (const file of files) {
      const target = join(folder, file);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, await git('show', `${commit}:${file}`));
    }
    await run('buf', ['breaking', '--against', join(folder, 'proto')]);
    console.log(`Nothing breaks what ${name} (${commit.slice(0, 12)}) relies on.`);
  } catch (error) {
    if (error.stdout === undefined) throw error;
    console.error(`${error.stdout}${error.stderr}`.trim());
    console.error(
      `This breaks what ${name} (${commit.slice(0, 12)}) relies on: add fields instead, and reserve what is no longer used.`,
    );
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findBase() {
  const tag = (await gitOr('', 'tag', '--list', 'contract@*', '--sort=-v:refname', '--merged', 'HEAD')).split('\n')[0];
  for (const name of [tag, 'main', 'origin/main']) {
    const commit = name === '' ? '' : (await gitOr('', 'rev-parse', '--verify', '--quiet', `${name}^{commit}`)).trim();
    if (commit === '') continue;
    const listed = await gitOr('', 'ls-tree', '-r', '--name-only', commit, 'proto');
    const tree = (await gitOr('', 'rev-parse', '--quiet', `${commit}:proto`)).trim();
    return { name, commit, tree, files: listed.split('\n').filter((file) => /\.proto$|buf\.yaml$/u.test(file)) };
  }
  return undefined;
}

async function git(...args) {
  const { stdout } = await promisify(execFile)('git', args, { cwd: workspaceRoot, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function gitOr(otherwise, ...args) {
  return git(...args).catch(() => otherwise);
}
