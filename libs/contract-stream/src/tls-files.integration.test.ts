import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../testing/harness.ts';
import { isContractStreamError, readTlsFiles } from './index.ts';

describe('certificates in files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-files-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A folder as Kubernetes mounts a Secret: links through `..data`, which is replaced as a whole. */
  async function mounted(name: string, text: string): Promise<{ readonly at: string; readonly replace: typeof fill }> {
    const at = join(folder, name);
    await mkdir(at);
    let version = 0;
    const fill = async (contents: string): Promise<void> => {
      version += 1;
      await mkdir(join(at, `..${version}`));
      for (const file of ['ca.crt', 'tls.crt', 'tls.key']) {
        await writeFile(join(at, `..${version}`, file), `${contents} ${file}`);
      }
      await symlink(`..${version}`, join(at, '..data_tmp'));
      await rename(join(at, '..data_tmp'), join(at, '..data'));
    };
    await fill(text);
    for (const file of ['ca.crt', 'tls.crt', 'tls.key']) await symlink(join('..data', file), join(at, file));
    return { at, replace: fill };
  }

  const filesIn = (at: string) => ({ ca: join(at, 'ca.crt'), cert: join(at, 'tls.crt'), key: join(at, 'tls.key') });

  test('are read anew, all three, when the mounted Secret is replaced', async () => {
    const { at, replace } = await mounted('replaced', 'old');
    const source = await readTlsFiles(filesIn(at));
    assert.deepEqual(source.current, { ca: 'old ca.crt', cert: 'old tls.crt', key: 'old tls.key' });
    let changes = 0;
    const stop = source.watch(() => (changes += 1));
    await replace('new');
    await until('they are read anew', () => changes > 0);
    assert.deepEqual(source.current, { ca: 'new ca.crt', cert: 'new tls.crt', key: 'new tls.key' });
    stop();
  });

  test('that changed before anybody watched are noticed, too', async () => {
    const { at, replace } = await mounted('before', 'old');
    const source = await readTlsFiles(filesIn(at));
    await replace('new');
    let changes = 0;
    const stop = source.watch(() => (changes += 1));
    await until('they are read anew', () => changes === 1);
    stop();
  });

  test('that vanish are told, and the last ones stay', async () => {
    const { at, replace } = await mounted('vanishing', 'old');
    const source = await readTlsFiles(filesIn(at));
    const errors: unknown[] = [];
    let changes = 0;
    const stop = source.watch(
      () => (changes += 1),
      (error) => errors.push(error),
    );
    await rm(join(at, 'tls.key'));
    await until('it is told', () => errors.length > 0);
    assert.ok(isContractStreamError(errors[0]));
    assert.equal(source.current.key, 'old tls.key');
    await symlink(join('..data', 'tls.key'), join(at, 'tls.key'));
    await replace('new');
    await until('the new ones are read', () => changes === 1);
    stop();
  });
});
