import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@eventing-kafka/logging';
import { followTransportEncryption, isSchemeClosed, parseTransportEncryption } from './transport-encryption.ts';

describe('the mode of transport encryption', () => {
  for (const [text, mode, isKnown] of [
    [undefined, 'disabled', true],
    ['', 'disabled', true],
    ['disabled', 'disabled', true],
    [' Permissive\n', 'permissive', true],
    ['STRICT', 'strict', true],
    ['stirct', 'strict', false],
    ['true', 'strict', false],
  ] as const) {
    test(`of ${JSON.stringify(text)} is ${mode}`, () => {
      assert.deepEqual(parseTransportEncryption(text), { mode, isKnown });
    });
  }

  test('closes one scheme, or none', () => {
    const closed = (['disabled', 'permissive', 'strict'] as const).map((mode) =>
      [false, true].map((isSecure) => isSchemeClosed(mode, isSecure)),
    );
    assert.deepEqual(closed, [
      [false, true],
      [false, false],
      [true, false],
    ]);
  });
});

test('the flag is followed as a mounted ConfigMap changes, and as the folder comes late', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'features-'));
  const directory = join(parent, 'features');
  const modes: string[] = [];
  let version = 0;
  /** As the kubelet does: the link that all files are reached by is swapped. */
  const mount = async (files: Readonly<Record<string, string>>): Promise<void> => {
    const name = `..version-${++version}`;
    await mkdir(join(directory, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(directory, name, file), text);
      await symlink(join('..data', file), join(directory, file)).catch(() => undefined);
    }
    await symlink(name, join(directory, '..next'));
    await rename(join(directory, '..next'), join(directory, '..data'));
  };
  const until = async (mode: string): Promise<void> => {
    for (let i = 0; modes.at(-1) !== mode; i += 1) {
      assert.ok(i < 500, `still ${modes.join(', ')}`);
      await pause(10);
    }
  };
  try {
    await using _followed = await followTransportEncryption({
      directory,
      pollMs: 50,
      apply: (mode) => modes.push(mode),
      logger: silentLogger,
    });
    await until('disabled');
    await mount({ 'transport-encryption': 'strict\n' });
    await until('strict');
    await mount({ 'transport-encryption': 'Permissive', 'authentication-oidc': 'enabled' });
    await until('permissive');
    await mount({ 'authentication-oidc': 'enabled' });
    await until('disabled');
    await mount({ 'transport-encryption': 'sttrict' });
    await until('strict');
    assert.deepEqual(modes, ['strict', 'disabled', 'strict', 'permissive', 'disabled', 'strict']);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

test('a flag that cannot be read is logged once and leaves the mode as it was, at first strict', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'features-'));
  const errors: string[] = [];
  const modes: string[] = [];
  try {
    // A folder in the place of the file: there, and not readable.
    await mkdir(join(directory, 'transport-encryption'));
    await using _followed = await followTransportEncryption({
      directory,
      pollMs: 10,
      apply: (mode) => modes.push(mode),
      logger: { ...silentLogger, error: (message) => errors.push(message) },
    });
    await pause(100);
    assert.deepEqual(modes, ['strict']);
    assert.equal(errors.length, 1);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
