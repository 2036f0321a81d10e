import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type AppName, broker, eventually, freePort, suiteKafka, trigger } from '@eventing-kafka/e2e-support';
import { provideBaseFolders } from './base-folders.ts';
import { requireContainerTools } from './container-tools.ts';
import { startFromImage, type UnpackedImage } from './image-app.ts';
import { ImageStore } from './image-store.ts';

const version = '0.0.0-e2e';
/** Files of a folder, below it, links not followed. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function status(url: string): Promise<number> {
  return (await fetch(url)).status;
}

describe('the container image', { timeout: 590_000 }, () => {
  const stack = new AsyncDisposableStack();
  let image: UnpackedImage;
  let files: readonly string[];

  before(async () => {
    requireContainerTools();
    const store = stack.use(await ImageStore.open());
    const name = await store.build(await provideBaseFolders(), version);
    image = { root: await store.mount(name), config: await store.config(name) };
    files = await filesOf(image.root);
  });
  after(() => stack.disposeAsync());

  test('runs as a user without rights, by its number', () => {
    assert.equal(image.config.User, '10001:10001');
  });

  test('says what it is', () => {
    const { Labels = {} } = image.config;
    assert.equal(Labels['org.opencontainers.image.title'], 'eventing-kafka');
    assert.equal(Labels['org.opencontainers.image.version'], version);
    assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
  });

  test('adds no shell, no package manager and no compiler to its base', () => {
    const unwanted = /\/(sh|bash|dash|busybox|npm|npx|apt|apt-get|dpkg|gcc|g\+\+|make|python3?)$/;
    assert.deepEqual(
      files.filter((file) => unwanted.test(file)),
      [],
    );
  });

  test('holds no trace of how npm reached its registry, no source and no tests', () => {
    const unwanted = /(\.npmrc|npm-ca|\.test\.js|\.e2e\.js|\.ts|\.map)$|\/(_cacache|_logs)\//;
    assert.deepEqual(
      files.filter((file) => unwanted.test(file)),
      [],
    );
  });

  test('its own files belong to root and cannot be written by anybody else', async () => {
    for (const file of files.filter((path) => path.startsWith(join(image.root, 'app')))) {
      const { uid, mode } = await lstat(file);
      assert.deepEqual([uid, mode & 0o022], [0, 0], file);
    }
  });

  test('is small', async () => {
    const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).size));
    const megabytes = Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6);
    console.log(JSON.stringify({ image: 'eventing-kafka', megabytes, files: files.length }));
    // Node itself is 127.
    assert.ok(megabytes < 260, `${megabytes} MB`);
  });

  for (const name of ['receiver', 'dispatcher', 'controller', 'smoke-test'] satisfies AppName[]) {
    test(`${name} is told by --help what may be set`, async () => {
      await using app = startFromImage(image, name, { args: ['--help'] });
      assert.equal(await app.exited(), 0, app.output);
      assert.match(app.output, new RegExp(`Usage: eventing-kafka-${name}`));
    });
  }

  test('an app that it does not hold is refused in one line', async () => {
    await using app = startFromImage(image, 'standalone');
    assert.equal(await app.exited(), 2);
    assert.match(
      app.output,
      /^"standalone" is no app of this image; [^\n]*controller, dispatcher, receiver, smoke-test\.\n$/,
    );
  });

  for (const name of ['receiver', 'dispatcher'] as const) {
    test(`${name} answers its probes, and is not ready before a controller told it what to serve`, async () => {
      const adminPort = await freePort();
      await using app = startFromImage(image, name, {
        env: { ADMIN_PORT: String(adminPort), INGRESS_PORT: '0', CONTRACT_ADDRESS: '127.0.0.1:1' },
      });
      await eventually(`${name} lives`, async () => (await status(`http://127.0.0.1:${adminPort}/healthz`)) === 200);
      assert.equal(await status(`http://127.0.0.1:${adminPort}/readyz`), 503);
      assert.equal(await app.stop('SIGTERM'), 0, app.output);
    });
  }

  test('its four apps carry an event through Kafka', async () => {
    await using kafka = await suiteKafka();
    await using apps = new AsyncDisposableStack();
    const [contract, ingress, subscriber] = [await freePort(), await freePort(), await freePort()];
    const manifests = join(image.root, 'tmp', 'manifests');
    await mkdir(manifests, { recursive: true });
    await chmod(manifests, 0o755);
    const objects = [broker('smoke'), trigger('back', 'smoke', `http://127.0.0.1:${subscriber}/`)];
    for (const [index, object] of objects.entries()) {
      await writeFile(join(manifests, `${index}.yaml`), JSON.stringify(object));
    }
    const common = { CONTRACT_ADDRESS: `127.0.0.1:${contract}`, ADMIN_HOST: '127.0.0.1', INGRESS_HOST: '127.0.0.1' };
    for (const [name, env] of [
      [
        'controller',
        {
          MANIFESTS: '/tmp/manifests',
          CONTRACT_PORT: String(contract),
          KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers,
          INGRESS_URL: `http://127.0.0.1:${ingress}`,
        },
      ],
      ['receiver', { INGRESS_PORT: String(ingress) }],
      ['dispatcher', {}],
    ] as const) {
      const adminPort = await freePort();
      const app = apps.use(startFromImage(image, name, { env: { ...common, ...env, ADMIN_PORT: String(adminPort) } }));
      await eventually(`${name} is ready`, async () => {
        assert.ok(app.running, app.output);
        return (await status(`http://127.0.0.1:${adminPort}/readyz`)) === 200;
      });
    }
    await using smokeTest = startFromImage(image, 'smoke-test', {
      env: { BROKER_URL: `http://127.0.0.1:${ingress}/default/smoke`, SUBSCRIBER_PORT: String(subscriber) },
    });
    assert.equal(await smokeTest.exited(), 0, smokeTest.output);
    assert.match(smokeTest.output, /the event came back/);
  });
});
