import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { broker, stateOf } from '../testing/contracts.ts';
import { recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import { isContractStreamError, type StreamSecurity } from './index.ts';

type MutualTls = Extract<StreamSecurity, { kind: 'mutual-tls' }>;

/** Certificates of two CAs, made with the `openssl` command. */
interface Certificates {
  readonly controller: MutualTls;
  readonly process: MutualTls;
  readonly stranger: MutualTls;
  readonly elsewhere: MutualTls;
}

const openssl = await promisify(execFile)('openssl', ['version']).then(
  () => true,
  () => false,
);

describe('with mutual TLS', { skip: openssl ? false : 'the openssl command is missing' }, () => {
  let certificates: Certificates;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-tls-'));
    certificates = await makeCertificates(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('a contract is pushed between two ends that know each other', async () => {
    await using server = await serve({ security: certificates.controller });
    server.publish(stateOf(broker('a')));
    for (const host of ['127.0.0.1', 'localhost']) {
      await using subscription = await subscribe(server.port, served().apply, {
        security: certificates.process,
        target: `${host}:${server.port}`,
      });
      await subscription.firstApplied;
    }
  });

  const refused: Record<string, (all: Certificates) => { server: StreamSecurity; client: StreamSecurity }> = {
    'a process of another CA': (all) => ({
      server: all.controller,
      client: { ...all.stranger, ca: all.controller.ca },
    }),
    'a controller of another CA': (all) => ({
      server: { ...all.stranger, ca: all.controller.ca },
      client: all.process,
    }),
    'a controller whose certificate is for another host': (all) => ({ server: all.elsewhere, client: all.process }),
    'a process without TLS': (all) => ({ server: all.controller, client: { kind: 'insecure' } }),
    'a controller without TLS': (all) => ({ server: { kind: 'insecure' }, client: all.process }),
  };
  for (const [name, choose] of Object.entries(refused)) {
    test(`security V1 ${name} gets and gives nothing`, async () => {
      const { server: serverSecurity, client } = choose(certificates);
      const { logger, lines } = recordingLogger();
      const process = served();
      await using server = await serve({ security: serverSecurity });
      server.publish(stateOf(broker('a')));
      await using _subscription = await subscribe(server.port, process.apply, { security: client, logger });
      await until('the failure is logged', () => lines.some((line) => line.includes('CONTRACT_STREAM_UNREACHABLE')));
      assert.deepEqual(server.processes(), []);
      assert.equal(process.updates.length, 0);
    });
  }

  test('security V1 a client without certificate, and one that speaks TLS 1.2, are turned away', async () => {
    await using server = await serve({ security: certificates.controller });
    const { ca, cert, key } = certificates.process;
    for (const options of [{ ca }, { ca, cert, key, maxVersion: 'TLSv1.2' as const }]) {
      const socket = connect({ port: server.port, host: '127.0.0.1', ALPNProtocols: ['h2'], ...options });
      socket.on('secureConnect', () => socket.resume());
      await assert.rejects(
        once(socket, 'end'),
        (error) => error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_SSL'),
      );
      socket.destroy();
    }
    const socket = connect({ port: server.port, host: '127.0.0.1', ALPNProtocols: ['h2'], ca, cert, key });
    await once(socket, 'secureConnect');
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    socket.destroy();
  });

  test('material that cannot be used is refused at the start', async () => {
    const isInvalid = (error: unknown) =>
      isContractStreamError(error) && error.code === 'CONTRACT_STREAM_INVALID_SECURITY';
    for (const bad of [{ key: certificates.stranger.key }, { cert: 'x' }, { ca: '' }]) {
      const security = { ...certificates.process, ...bad };
      await assert.rejects(serve({ security }), isInvalid);
      await assert.rejects(subscribe(1, served().apply, { security }), isInvalid);
    }
  });
});

async function makeCertificates(folder: string): Promise<Certificates> {
  const run = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = async (name: string) => {
    await run(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
    );
  };
  const leaf = async (ca: string, name: string, altNames: string): Promise<MutualTls> => {
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=${altNames}\n`);
    await run('req', '-new', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await run(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${ca}.pem`,
      '-CAkey',
      `${ca}.key`,
      '-CAcreateserial',
      '-days',
      '1',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
    const read = (file: string) => readFile(join(folder, file), 'utf8');
    return {
      kind: 'mutual-tls',
      ca: await read(`${ca}.pem`),
      cert: await read(`${name}.pem`),
      key: await read(`${name}.key`),
    };
  };
  await authority('ca');
  await authority('other');
  return {
    controller: await leaf('ca', 'controller', 'IP:127.0.0.1,DNS:localhost'),
    process: await leaf('ca', 'process', 'URI:spiffe://cluster.local/ns/eventing/sa/dispatcher'),
    stranger: await leaf('other', 'stranger', 'IP:127.0.0.1,DNS:localhost'),
    elsewhere: await leaf('ca', 'elsewhere', 'DNS:elsewhere.example'),
  };
}
