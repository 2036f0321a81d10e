import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DestinationGuard } from '@eventing-kafka/destination-guard';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, status } from '../testing/servers.ts';
import type { ResolveName } from './guarded-lookup.ts';
import { createHttpSender } from './http-sender.ts';

/** A resolver that answers with the next of `answers`, the last one for ever, and how often it was asked. */
function answering(...answers: readonly (readonly string[])[]): ResolveName & { asked: number } {
  const resolve = Object.assign(
    () => {
      const found = answers[Math.min(resolve.asked, answers.length - 1)] ?? [];
      resolve.asked += 1;
      return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    },
    { asked: 0 },
  );
  return resolve;
}

/** Takes addresses of this machine for public ones, so that there is something to reach; servers listen on either. */
const here = ['127.0.0.1', '::1'];
const guard = new DestinationGuard({ allowedCidrs: here });

describe('guarded connections', () => {
  test('security 8 V4: a name that leads to a public address and later to loopback is connected to once', async () => {
    await using server = await startAnswering((response) => response.writeHead(204, { connection: 'close' }).end());
    const resolveName = answering(here, ['127.0.0.2']);
    await using sender = createHttpSender({ guard, resolveName });
    const url = `http://orders.example:${server.port}/`;
    assert.equal((await sender.post(to(url))).statusCode, 204);
    await assert.rejects(
      sender.post(to(url)),
      failing('DELIVERY_DENIED', false, /orders\.example leads to the machine of the dispatcher/),
    );
    assert.equal(server.accepted, 1);
    assert.equal(resolveName.asked, 2);
  });

  test('one bad address among good ones refuses the name', async () => {
    await using server = await startAnswering(status(204));
    const resolveName = answering([...here, '169.254.169.254']);
    await using sender = createHttpSender({ guard, resolveName });
    const url = `http://orders.example:${server.port}/`;
    await assert.rejects(sender.post(to(url)), failing('DELIVERY_DENIED', false, /link-local/));
    assert.equal(server.accepted, 0);
  });

  test('an IPv4 address inside an IPv6 one is seen', async () => {
    const resolveName = answering(['::ffff:169.254.169.254']);
    await using sender = createHttpSender({ guard: new DestinationGuard(), resolveName });
    await assert.rejects(sender.post(to('http://orders.example/')), failing('DELIVERY_DENIED', false, /link-local/));
  });

  test('an address in the URL is refused without a look-up, and so are user names', async () => {
    const resolveName = answering(['127.0.0.1']);
    await using sender = createHttpSender({ guard: new DestinationGuard(), resolveName });
    for (const url of [
      'http://127.0.0.1:1/',
      'http://[::ffff:7f00:1]/',
      'http://2130706433/',
      'http://a:secret@b.example/',
    ]) {
      await assert.rejects(sender.post(to(url)), (error: Error) => {
        assert.doesNotMatch(error.message, /secret/);
        return failing('DELIVERY_DENIED', false)(error);
      });
    }
    assert.equal(resolveName.asked, 0);
  });

  test('a name is resolved by the system, and this machine reached, where that is allowed', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender({ guard: new DestinationGuard({ allowLoopback: true }) });
    assert.equal((await sender.post(to(server.origin))).statusCode, 204);
    await using strict = createHttpSender({ guard: new DestinationGuard() });
    await assert.rejects(strict.post(to(server.origin)), failing('DELIVERY_DENIED', false, /loopback/));
  });

  test('a name that is not found is one that cannot be reached', async () => {
    await using sender = createHttpSender({ guard: new DestinationGuard(), resolveName: answering([]) });
    await assert.rejects(
      sender.post(to('http://orders.example/')),
      failing('DELIVERY_UNREACHABLE', true, /no address/),
    );
    await using bySystem = createHttpSender({ guard: new DestinationGuard() });
    await assert.rejects(bySystem.post(to('http://fake.svc.cluster.invalid/')), failing('DELIVERY_UNREACHABLE', true));
  });

  test('connections made at the same time share a look-up', async () => {
    await using server = await startAnswering(status(204));
    const resolveName = answering(here);
    await using sender = createHttpSender({ guard, resolveName });
    await Promise.all(Array.from({ length: 20 }, () => sender.post(to(`http://orders.example:${server.port}/`))));
    assert.equal(resolveName.asked, 1);
  });
});
