import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chartFolder } from './chart-values.ts';

const run = promisify(execFile);
const workspaceRoot = resolve(import.meta.dirname, '../../..');

/** A chart that users may have installed before this one. */
export interface PreviousChart extends AsyncDisposable {
  readonly folder: string;
  readonly version: string;
}

/** The chart of the newest tag `chart@<version>`; before the first one, this chart under a version below all others. */
export async function previousChart(): Promise<PreviousChart> {
  const scratch = await mkdtemp(join(tmpdir(), 'eventing-kafka-previous-chart-'));
  const remove = (): Promise<void> => rm(scratch, { recursive: true, force: true });
  const folder = join(scratch, 'eventing-kafka');
  const { stdout } = await run('git', ['tag', '--list', 'chart@*', '--sort=-version:refname'], { cwd: workspaceRoot });
  const [tag = ''] = stdout.split('\n');
  if (tag === '') {
    await cp(chartFolder, folder, { recursive: true });
    const file = join(folder, 'Chart.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^version: .*$/m, 'version: 0.0.1'));
    return { folder, version: '0.0.1', [Symbol.asyncDispose]: remove };
  }
  const archive = join(scratch, 'chart.tar');
  await run('git', ['archive', `--output=${archive}`, `${tag}:tools/helm`, 'eventing-kafka'], { cwd: workspaceRoot });
  await run('tar', ['--extract', `--file=${archive}`, `--directory=${scratch}`]);
  return { folder, version: tag.replace(/^chart@/, ''), [Symbol.asyncDispose]: remove };
}
