import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BaseFolders, cacheFolder } from './base-folders.ts';
import { runCommand } from './run-command.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../..');
/** Layers are kept from run to run; beyond this many images, older ones included, the store begins anew. */
const maxImages = 40;

type StorageDriver = 'overlay' | 'vfs';

/** What an image says of itself. */
export interface ImageConfig {
  readonly User?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A store of images of our own, apart from the machine's, without an engine and without a registry. */
export class ImageStore implements AsyncDisposable {
  readonly #scratch: string;
  readonly #driver: StorageDriver;
  readonly #root: string;
  readonly #containers: string[] = [];

  private constructor(scratch: string, driver: StorageDriver) {
    this.#scratch = scratch;
    this.#driver = driver;
    this.#root = driver === 'overlay' ? join(cacheFolder(), 'store') : join(scratch, 'store');
  }

  /**
   * Keeps layers from run to run where this machine mounts overlays. Elsewhere (in a container, mostly) each layer is a whole copy of the file
   * system, so nothing is kept.
   */
  static async open(): Promise<ImageStore> {
    const scratch = await mkdtemp(join(tmpdir(), 'eventing-kafka-image-'));
    const overlay = new ImageStore(scratch, 'overlay');
    const mounts = await overlay.buildah('info').then(
      () => true,
      () => false,
    );
    const store = mounts ? overlay : new ImageStore(scratch, 'vfs');
    if ((await store.buildah('images', '--all', '--quiet')).split('\n').length > maxImages) {
      await store.buildah('rmi', '--all', '--force');
    }
    return store;
  }

  /** Runs buildah on this store. */
  buildah(...args: readonly string[]): Promise<string> {
    const storage = ['--root', this.#root, '--runroot', join(this.#scratch, 'run'), '--storage-driver', this.#driver];
    // Nothing of the machine's configuration of engines counts.
    const env = { PATH: process.env['PATH'], HOME: this.#scratch, BUILDAH_ISOLATION: 'chroot', TMPDIR: this.#scratch };
    return runCommand('buildah', [...storage, ...args], { cwd: workspaceRoot, env });
  }

  /** Makes an image of a folder, unless it is there. */
  async importFolder(name: string, folder: string): Promise<string> {
    const image = `localhost/${name}`;
    if ((await this.buildah('images', '--all', '--quiet', '--filter', `reference=${image}`)).trim() !== '')
      return image;
    const container = (await this.buildah('from', 'scratch')).trim();
    await this.buildah('add', '--quiet', container, folder, '/');
    await this.buildah('commit', '--quiet', '--rm', container, image);
    return image;
  }

  /** Builds our Containerfile on these bases; npm reaches its registry as the machine's does, and leaves no trace of how. */
  async build(bases: BaseFolders, version: string): Promise<string> {
    const [build, runtime] = [
      await this.importFolder(`eventing-kafka-build:${bases.key}`, bases.build),
      await this.importFolder(`eventing-kafka-runtime:${bases.key}`, bases.runtime),
    ];
    const image = 'localhost/eventing-kafka';
    await this.buildah(
      'bud',
      ...(this.#driver === 'overlay' ? ['--layers'] : []),
      '--isolation=chroot',
      ...(await this.#npmSecrets()),
      `--build-arg=BASE_BUILD=${build}`,
      `--build-arg=BASE_RUNTIME=${runtime}`,
      `--build-arg=TARGETARCH=${process.arch === 'x64' ? 'amd64' : process.arch}`,
      `--build-arg=VERSION=${version}`,
      `--tag=${image}`,
      '--file=tools/image/Containerfile',
      '.',
    );
    return image;
  }

  /** What of npm's settings says how to reach a registry. */
  async #npmSecrets(): Promise<readonly string[]> {
    const own = join(process.env['HOME'] ?? '', '.npmrc');
    const ownText = existsSync(own) ? await readFile(own, 'utf8') : '';
    const registry = (await runCommand('npm', ['config', 'get', 'registry'], { cwd: tmpdir() })).trim();
    const authorities = '/etc/ssl/certs/ca-certificates.crt';
    const file = join(this.#scratch, 'npmrc');
    const kept = ownText.split('\n').filter((line) => /^(\/\/|@|_auth|always-auth|strict-ssl)/.test(line));
    const lines = [...kept, `registry=${registry}`];
    if (existsSync(authorities)) lines.push('cafile=/run/secrets/npm-ca');
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return [
      `--secret=id=npmrc,src=${file}`,
      ...(existsSync(authorities) ? [`--secret=id=npm-ca,src=${authorities}`] : []),
    ];
  }

  async config(image: string): Promise<ImageConfig> {
    const { OCIv1 } = JSON.parse(await this.buildah('inspect', '--type=image', image)) as {
      readonly OCIv1: { readonly config: ImageConfig };
    };
    return OCIv1.config;
  }

  /** The image's file system as a folder, until the store is disposed; what is written there stays in this copy. */
  async mount(image: string): Promise<string> {
    const container = (await this.buildah('from', image)).trim();
    this.#containers.push(container);
    return (await this.buildah('mount', container)).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#containers.length > 0) await this.buildah('rm', ...this.#containers.splice(0));
    await rm(this.#scratch, { recursive: true, force: true });
  }
}
