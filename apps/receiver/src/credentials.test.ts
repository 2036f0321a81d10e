import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';
import { Contract, contractState, Resource } from '@eventing-kafka/contract';
import { startContractServer, type ContractServer } from '@eventing-kafka/contract-stream';
import { silentLogger } from '@eventing-kafka/logging';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** A controller with one Broker whose Kafka asks for the credentials of a Secret. */
async function startController(): Promise<ContractServer> {
  const security = { kind: 'insecure' } as const;
  const server = await startContractServer({ host: '127.0.0.1', port: 0, epoch: 1n, security, logger: silentLogger });
  const secret = { uuid: 's', namespace: 'ns', name: 'kafka-secret', version: '1', kind: 'Secret', groupVersion: 'v1' };
  const broker = Resource.fromPartial({
    uid: 'b',
    topics: ['t'],
    bootstrapServers: '127.0.0.1:1',
    ingress: { path: '/ns/b' },
    auth: { $case: 'authSecret', value: secret },
  });
  server.publish(contractState(Contract.fromPartial({ resources: [broker] })));
  return server;
}

function start(server: ContractServer, env: Readonly<Record<string, string>>): RunningProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', INGRESS_HOST: '127.0.0.1', INGRESS_PORT: '0' };
  const controller = { CONTRACT_ADDRESS: `127.0.0.1:${server.port}`, NODE_ID: 'p1', LOG_FORMAT: 'json' };
  return startProcess([main], { env: { ...fixed, ...controller, ...env } });
}

/** What the process refuses, as the controller knows it. */
const refused = (server: ContractServer): string[] =>
  server.processes().flatMap((one) => one.refusedParts.map(({ reason, message }) => `${reason}: ${message}`));

test(
  'outside of Kubernetes a resource with a Secret is refused, and the process is ready',
  { timeout: 60_000 },
  async () => {
    await using server = await startController();
    await using app = start(server, {});
    const { adminUrl } = await app.logged('receiver started');
    await untilStatus(200, '/readyz', adminUrl);
    while (refused(server).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(refused(server).join(), /^CredentialsUnsupported: /);
  },
);

test(
  'an API server that is away keeps the process neither from getting ready nor from ending',
  { timeout: 60_000 },
  async () => {
    await using server = await startController();
    // Connections are taken and nothing is ever said.
    const connected = Promise.withResolvers<undefined>();
    const silent = createServer(() => connected.resolve(undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
    try {
      await writeFile(join(folder, 'token'), 'token-word');
      await writeFile(join(folder, 'ca.crt'), '');
      await using app = start(server, {
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String((silent.address() as AddressInfo).port),
        SERVICE_ACCOUNT_DIR: folder,
      });
      const { adminUrl } = await app.logged('receiver started');
      await connected.promise;
      await untilStatus(200, '/readyz', adminUrl);
      while (refused(server).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(
        refused(server).join(),
        /^CredentialsUnavailable: .*Secret ns\/kafka-secret could not be read: Kubernetes did not answer within 5 s/,
      );
      await server[Symbol.asyncDispose]();
      app.child.kill('SIGTERM');
      assert.equal(await app.exitCode(), 0, app.stderr);
      assert.doesNotMatch(app.stderr, /token-word/);
    } finally {
      silent.close();
      await rm(folder, { recursive: true });
    }
  },
);
