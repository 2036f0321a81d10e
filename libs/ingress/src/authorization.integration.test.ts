import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '@eventing-kafka/logging';
import { startTestIssuer, type TestIssuer, type TokenContent } from '@eventing-kafka/oidc/testing';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { audience, guarded, policyFor, subject, until, verifierOf } from '../testing/guarded.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText, type RawAnswer, type RawRequest } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { Ingress } from './start-ingress.ts';

const stack = new AsyncDisposableStack();
const kafka = new ScriptedKafka();
const lines: string[] = [];
let issuer: TestIssuer;
let ingress: Ingress;

before(async () => {
  issuer = stack.use(await startTestIssuer());
  const authenticate = await verifierOf(stack, issuer);
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
  ingress = stack.use(await startTestIngress(kafka, { authenticate, logger }));
  const refused = await ingress.apply(
    new ContractHistory().next(
      // What the control plane makes of `allow-same-namespace`, where no policy applies.
      guarded('broker', policyFor('system:serviceaccount:ns:*')),
      guarded('exact', policyFor(subject)),
      guarded('unknown', policyFor('system:serviceaccount:default:unknown-identity')),
      guarded('filtered', policyFor(subject, 'valid'), policyFor('system:serviceaccount:ns:other', 'valid')),
      guarded('by-subject', {
        ...policyFor('*'),
        filters: [{ filter: { $case: 'prefix', value: { attributes: { subject: 'a' } } } }],
      }),
      // What it makes of `allow-all`, and of `deny-all` or policies none of which is Ready.
      guarded('all', policyFor('*')),
      guarded('nobody'),
      resource('open', { path: '/ns/open' }),
    ),
  );
  assert.deepEqual(refused, []);
  await until('keys are loaded', () => ingress.ready);
});
after(() => stack.disposeAsync());

const good: TokenContent = { audience, subject };

async function authorization(content: TokenContent = good): Promise<string> {
  return `Authorization: Bearer ${await issuer.token(content)}`;
}

/** The answer, and how many records were produced. */
async function play(request: RawRequest): Promise<{ answer: RawAnswer; produced: number }> {
  kafka.sent.length = 0;
  const answer = await ask(ingress.port, request);
  assert.ok(answer);
  return { answer, produced: kafka.sent.length };
}

async function status(request: RawRequest): Promise<number> {
  const { answer, produced } = await play(request);
  assert.equal(produced, answer.status === 202 ? 1 : 0);
  return answer.status;
}

/** Event E with these lines beside it, to one of the resources. */
function toward(name: string, ...more: readonly string[]): RawRequest {
  return { target: `/ns/${name}`, lines: [...eventE, ...more] };
}

const eventOf = (type: string): readonly string[] => [
  'ce-specversion: 1.0',
  'ce-id: 1',
  'ce-source: /s',
  `ce-type: ${type}`,
];

function structured(type: string): { readonly line: string; readonly body: string } {
  const body = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type });
  return { line: 'Content-Type: application/cloudevents+json', body };
}

describe('tokens', () => {
  test('receiver 20.5 A-01: a bad token is 401, a sender who may not is 403, one who may is handled', async () => {
    assert.equal(await status(toward('broker', await authorization({ ...good, expiresInSeconds: -1 }))), 401);
    assert.equal(await status(toward('unknown', await authorization())), 403);
    assert.equal(await status(toward('broker', await authorization())), 202);
  });

  test('security 8 O6, receiver 20.5 A-02, security 8 P3: the default policy admits the namespace of the ingress alone', async () => {
    assert.equal(await status(toward('broker', await authorization())), 202);
    const stranger = { ...good, subject: 'system:serviceaccount:other:sa' };
    assert.equal(await status(toward('broker', await authorization(stranger))), 403);
  });

  test('security 8 O3, receiver 20.5 A-03: a token for another audience is 401', async () => {
    assert.equal(await status(toward('broker', await authorization({ ...good, audience: 'other' }))), 401);
  });

  test('receiver 20.5 A-04, security 8 O5: a changed signature is 401, and so is none', async () => {
    const token = await issuer.token(good);
    const start = token.lastIndexOf('.') + 1;
    const changed = `${token.slice(0, start)}${token[start] === 'A' ? 'B' : 'A'}${token.slice(start + 1)}`;
    assert.equal(await status(toward('broker', `Authorization: Bearer ${changed}`)), 401);
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    const unsigned = `${head}.${token.split('.')[1] ?? ''}.`;
    assert.equal(await status(toward('broker', `Authorization: Bearer ${unsigned}`)), 401);
  });

  test('security 8 O4: an expired token is 401, also where it was good a moment before', async () => {
    const soon = await authorization({ ...good, claims: { exp: Date.now() / 1000 + 0.4 } });
    assert.equal(await status(toward('broker', soon)), 202);
    await pause(500);
    assert.equal(await status(toward('broker', soon)), 401);
  });

  test('security 8 O1, receiver 20.5 A-13: no token is 401, and so are a bare scheme and an empty header', async () => {
    for (const lines of [[], ['Authorization:'], ['Authorization: Basic'], ['Authorization: Bearer']]) {
      const { answer, produced } = await play(toward('broker', ...lines));
      assert.deepEqual([answer.status, answer.headers['www-authenticate'], produced], [401, 'Bearer', 0]);
      assert.match(answer.body, /token/);
    }
  });

  test('security 8 O2: another scheme is 401', async () => {
    assert.equal(await status(toward('broker', 'Authorization: Basic dXNlcjpwYXNz')), 401);
  });

  test('security 8 O12, receiver 20.5 A-16: a good token behind another scheme is 401 (differs: F-11, the scheme must be Bearer)', async () => {
    const token = await issuer.token(good);
    assert.equal(await status(toward('broker', `Authorization: Digest ${token}`)), 401);
    assert.equal(await status(toward('broker', `Authorization: XXXXXX ${token}`)), 401);
    assert.equal(await status(toward('broker', `Authorization: bEARER ${token}`)), 202);
  });

  test('of two tokens the first counts', async () => {
    assert.equal(await status(toward('broker', await authorization(), 'Authorization: Bearer x')), 202);
    assert.equal(await status(toward('broker', 'Authorization: Bearer x', await authorization())), 401);
  });

  test('a refused token is told so by RFC 6750, without a word on what is wrong with it', async () => {
    const answers = await Promise.all(
      [
        { ...good, audience: 'x' },
        { ...good, expiresInSeconds: -1 },
        { ...good, claims: { iss: 'x' } },
      ].map(async (content) => (await play(toward('broker', await authorization(content)))).answer),
    );
    for (const answer of answers) {
      assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"');
      assert.equal(answer.body, 'The token is not good here.\n');
    }
  });

  test('security 8 O7, receiver 20.5 A-18: the control plane’s probe needs no token', async () => {
    const probe = { method: 'GET', target: '/ns/broker', lines: ['K-Network-Probe: probe'] };
    assert.equal((await play(probe)).answer.status, 200);
  });

  test('receiver 20.5 A-19: an unknown path is 404, whoever asks', async () => {
    assert.equal(await status({ target: '/ns/unheard-of', lines: eventE }), 404);
  });

  test('a wrong method is 405, whoever asks', async () => {
    assert.equal((await play({ method: 'PUT', target: '/ns/broker', lines: eventE })).answer.status, 405);
  });

  test('an ingress that asks for none takes events with any', async () => {
    assert.equal(await status(toward('open', 'Authorization: Bearer nonsense')), 202);
  });

  test('no token goes on into a record', async () => {
    kafka.sent.length = 0;
    assert.equal((await ask(ingress.port, toward('broker', await authorization())))?.status, 202);
    assert.ok(kafka.sent[0]?.headers.every(({ name }) => !/authorization/i.test(name)));
  });
});

describe('policies', () => {
  test('receiver 20.5 A-05, security 8 P1: one sender by its whole name, binary and structured', async () => {
    const token = await authorization();
    assert.equal(await status(toward('exact', token)), 202);
    const { line, body } = structured('t');
    assert.equal(await status({ target: '/ns/exact', lines: [line, token], body }), 202);
    const other = await authorization({ ...good, subject: 'system:serviceaccount:ns:sa2' });
    assert.equal(await status(toward('exact', other)), 403);
  });

  test('receiver 20.5 A-06: a policy for somebody else is none for this sender', async () => {
    assert.equal(await status(toward('unknown', await authorization())), 403);
  });

  test('receiver 20.5 A-07, security 8 P2: filters look at the event, binary and structured', async () => {
    const token = await authorization();
    for (const [type, expected] of [
      ['valid.event.type', 202],
      ['invalid.event.type', 403],
    ] as const) {
      assert.equal(await status({ target: '/ns/filtered', lines: [...eventOf(type), token] }), expected);
      const { line, body } = structured(type);
      assert.equal(await status({ target: '/ns/filtered', lines: [line, token], body }), expected);
    }
  });

  test('security 8 P4: a policy for everybody asks for a token still', async () => {
    const anybody = await authorization({ audience, subject: 'system:serviceaccount:anywhere:anybody' });
    assert.equal(await status(toward('all', anybody)), 202);
    assert.equal(await status(toward('all')), 401);
    assert.equal(await status(toward('all', await authorization({ audience }))), 403);
  });

  test('receiver 20.5 A-15, security 8 P8: without policies nobody may send', async () => {
    assert.equal(await status(toward('nobody', await authorization())), 403);
  });

  test('security 8 P9, receiver 20.5 A-14: what is no event is 400, of a sender who may (differs: SD5, upstream answers 500)', async () => {
    const { answer, produced } = await play({ target: '/ns/broker', lines: [await authorization()], body: 'no event' });
    assert.deepEqual([answer.status, produced], [400, 0]);
  });

  test('what is no event is 401 or 403 of a sender who may not', async () => {
    assert.equal(await status({ target: '/ns/broker', body: 'no event' }), 401);
    const stranger = await authorization({ audience, subject: 'x' });
    assert.equal(await status({ target: '/ns/broker', lines: [stranger], body: 'no event' }), 403);
  });

  test('receiver 20.5 A-17: a filter on an attribute that is absent does not match (differs: F-13, upstream answers 500)', async () => {
    const token = await authorization();
    assert.equal(await status({ target: '/ns/by-subject', lines: [...eventOf('t'), token] }), 403);
    const lines = [...eventOf('t'), 'ce-subject: abc', token];
    assert.equal(await status({ target: '/ns/by-subject', lines }), 202);
  });

  test('of a batch every event must pass, or nothing is produced', async () => {
    const token = await authorization();
    const batch = (...types: readonly string[]): RawRequest => ({
      target: '/ns/filtered',
      lines: ['Content-Type: application/cloudevents-batch+json', token],
      body: JSON.stringify(types.map((type, id) => ({ specversion: '1.0', id: String(id), source: '/s', type }))),
    });
    const some = await play(batch('valid.1', 'invalid.2', 'valid.3'));
    assert.deepEqual([some.answer.status, some.produced], [403, 0]);
    const all = await play(batch('valid.1', 'valid.2'));
    assert.deepEqual([all.answer.status, all.produced], [202, 2]);
  });
});

describe('bodies', () => {
  const large = 'x'.repeat(200_000);

  test('receiver 20.5 A-20: after a refused token a kept connection goes on, whatever the body (differs: F-12, upstream stalls)', async () => {
    for (const [lines, expected] of [
      [[await authorization({ ...good, audience: 'x' })], 401],
      [['Authorization: Bearer x'], 401],
      [[await authorization({ audience, subject: 'x', header: { kid: 'unheard-of' } })], 401],
      [[await authorization({ audience, subject: 'x' })], 403],
      [[], 401],
    ] as const) {
      await using connection = await openConnection(ingress.port);
      await connection.writeAll(Buffer.from(requestText({ lines: [...eventE, ...lines], body: large }), 'latin1'));
      assert.equal((await connection.answer())?.status, expected);
      connection.write(requestText(toward('broker', await authorization())));
      assert.equal((await connection.answer())?.status, 202);
    }
  });

  test('a body that comes while a token is looked at is taken whole, in its order', async () => {
    for (const framed of [false, true]) {
      const body = framed ? chunked(large) : large;
      const framing = framed ? ['Transfer-Encoding: chunked'] : [];
      // A token of its own, so that it is not remembered.
      const lines = [...eventE, ...framing, await authorization({ ...good, claims: { jti: String(framed) } })];
      kafka.sent.length = 0;
      await using connection = await openConnection(ingress.port);
      const text = requestText({ lines, body, framed });
      for (let at = 0; at < text.length; at += 50_000)
        await connection.writeAll(Buffer.from(text.slice(at, at + 50_000), 'latin1'));
      assert.equal((await connection.answer())?.status, 202);
      assert.equal(kafka.sent[0]?.value?.toString(), large);
    }
  });

  test('a body that is asked for first comes after the token was looked at', async () => {
    const lines = [...eventE, 'Expect: 100-continue', 'Content-Length: 5'];
    await using connection = await openConnection(ingress.port);
    connection.write(
      requestText({ lines: [...lines, await authorization({ ...good, claims: { jti: 'e' } })], framed: true }),
    );
    assert.equal((await connection.answer())?.status, 100);
    connection.write('hello');
    assert.equal((await connection.answer())?.status, 202);
    connection.write(requestText({ lines, framed: true }));
    assert.equal((await connection.answer())?.status, 401);
  });

  test('a sender that leaves while its token is looked at has sent nothing', async () => {
    kafka.sent.length = 0;
    issuer.failWith = null;
    const connection = await openConnection(ingress.port);
    // A key that nobody has makes the verifier ask, and the issuer does not answer.
    connection.write(requestText(toward('broker', await authorization({ ...good, header: { kid: 'new' } }))));
    connection.reset();
    issuer.failWith = undefined;
    assert.equal(await status(toward('broker', await authorization())), 202);
  });

  function chunked(text: string): string {
    return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  }
});

describe('what is told', () => {
  test('refusals are in the log with resource, reason, verified subject and peer, and never a token', async () => {
    const records = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ message }) => message === 'request not authorized');
    const find = (resourceUid: string, reason: string): Record<string, unknown> | undefined =>
      records.find((record) => record['resourceUid'] === resourceUid && record['reason'] === reason);
    const denied = find('broker', 'sender-not-authorized');
    assert.deepEqual(
      [denied?.['resource'], denied?.['subject'], denied?.['peer']],
      ['Broker ns/broker', 'system:serviceaccount:other:sa', '127.0.0.1'],
    );
    assert.equal(find('filtered', 'event-not-authorized')?.['subject'], subject);
    const bad = find('broker', 'invalid-token');
    assert.ok(bad !== undefined && !('subject' in bad));
    assert.ok(find('broker', 'no-token'));
    // Dozens were refused; each resource and reason says so once.
    assert.equal(records.filter((r) => r['reason'] === 'no-token' && r['resourceUid'] === 'broker').length, 2);
    const parts = (await issuer.token(good)).split('.');
    for (const line of lines) for (const part of parts.slice(0, 2)) assert.ok(!line.includes(part));
  });

  test('security 8 O8: discovery fails at first: 500 and not ready, then 202 without a restart', async () => {
    await using own = new AsyncDisposableStack();
    const late = own.use(await startTestIssuer());
    late.failWith = 503;
    const later = own.use(await startTestIngress(kafka, { authenticate: await verifierOf(own, late) }));
    await later.apply(new ContractHistory().next(guarded('broker', policyFor(subject))));
    const request = toward('broker', `Authorization: Bearer ${await late.token(good)}`);
    const answer = await ask(later.port, request);
    assert.deepEqual([answer?.status, answer?.body], [500, 'Tokens cannot be checked yet.\n']);
    const readiness = await ask(later.port, { method: 'GET', target: '/readyz' });
    assert.equal(readiness?.status, 503);
    assert.equal((await ask(later.port, toward('broker')))?.status, 401);
    late.failWith = undefined;
    await until('it is ready', () => later.ready);
    assert.equal((await ask(later.port, request))?.status, 202);
  });
});

describe('contracts', () => {
  test('an issuer that is away when tokens are first asked for does not take what is open out of service', async () => {
    await using own = new AsyncDisposableStack();
    const away = own.use(await startTestIssuer());
    away.failWith = 503;
    const serving = own.use(await startTestIngress(kafka, { authenticate: await verifierOf(own, away) }));
    const history = new ContractHistory();
    const open = resource('open', { path: '/ns/open' });
    await serving.apply(history.next(open));
    assert.equal(serving.ready, true);
    await serving.apply(history.next(open, guarded('broker', policyFor(subject))));
    const token = `Authorization: Bearer ${await away.token(good)}`;
    assert.equal((await ask(serving.port, toward('broker', token)))?.status, 500);
    assert.equal((await ask(serving.port, toward('open')))?.status, 202);
    assert.equal(serving.ready, true);
  });

  test('without somebody to check tokens, an ingress that asks for them is refused and not served', async () => {
    await using plain = await startTestIngress(kafka);
    const history = new ContractHistory();
    await plain.apply(history.next(resource('broker', { path: '/ns/broker' })));
    const refused = await plain.apply(history.next(guarded('broker', policyFor('*'))));
    assert.deepEqual(
      refused.map(({ reason }) => reason),
      ['AuthenticationUnsupported'],
    );
    assert.equal((await ask(plain.port, toward('broker')))?.status, 404);
    assert.equal(plain.ready, true);
  });

  test('a policy that makes no sense closes the ingress, and so does whatever else is wrong with one that asks for tokens', async () => {
    await using own = new AsyncDisposableStack();
    const authenticate = await verifierOf(own, issuer);
    const changing = own.use(await startTestIngress(kafka, { authenticate }));
    const history = new ContractHistory();
    const filter = { $case: 'cesql', value: { expression: 'type =' } } as const;
    const broken = guarded('broker', { ...policyFor('*'), filters: [{ filter }] });
    const withoutTopic = { ...guarded('broker', policyFor('*')), topics: [] };
    for (const [next, reason] of [
      [broken, 'EventPolicyInvalid'],
      [withoutTopic, 'TopicInvalid'],
    ] as const) {
      await changing.apply(history.next(resource('broker', { path: '/ns/broker' })));
      assert.equal((await ask(changing.port, toward('broker')))?.status, 202);
      assert.deepEqual(
        (await changing.apply(history.next(next))).map((part) => part.reason),
        [reason],
      );
      assert.equal((await ask(changing.port, toward('broker')))?.status, 404);
    }
  });

  test('a changed policy holds for the next request', async () => {
    await using own = new AsyncDisposableStack();
    const changing = own.use(await startTestIngress(kafka, { authenticate: await verifierOf(own, issuer) }));
    const history = new ContractHistory();
    const request = toward('broker', await authorization());
    for (const [policies, expected] of [
      [[policyFor(subject)], 202],
      [[policyFor('x')], 403],
      [[], 403],
      [[policyFor('x'), policyFor('system:*')], 202],
    ] as const) {
      await changing.apply(history.next(guarded('broker', ...policies)));
      await until('it is ready', () => changing.ready);
      assert.equal((await ask(changing.port, request))?.status, expected);
    }
  });
});
