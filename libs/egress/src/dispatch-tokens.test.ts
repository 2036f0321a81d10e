import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OidcError, type TokenAccount, type TokenSource } from '@eventing-kafka/oidc';
import { dispatched, event, kind, onlyError, quick, requests } from '../testing/dispatched.ts';

/** A source that makes tokens of what is asked for, after failing some times, and notes what happens to it. */
class Script implements TokenSource {
  readonly asked: TokenAccount[] = [];
  readonly rejections: string[] = [];
  failures: OidcError[];

  constructor(...failures: OidcError[]) {
    this.failures = failures;
  }

  token(account: TokenAccount): string | Promise<string> {
    this.asked.push(account);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    return `${account.namespace}/${account.serviceAccount} to ${account.audience}`;
  }

  rejected(account: TokenAccount, token: string): void {
    this.rejections.push(token);
  }
}

const withAccount = { oidcServiceAccountName: 'trigger-oidc', destinationAudience: 'sub' };
const resource = { reference: { namespace: 'of-resource', name: 'b' } };

describe('targets with an audience', () => {
  test('get a token each of its own, of the egress’s account in the namespace of the resource', async () => {
    const tokens = new Script();
    await dispatched(
      {
        tokens,
        resource,
        egress: { ...withAccount, replyUrlAudience: 'reply' },
        config: { deadLetterAudience: 'dead' },
        subscriber: () => ({ status: 200, headers: event() }),
        replyUrl: () => 400,
        deadLetter: () => 204,
      },
      ({ s, d, r }) => {
        assert.deepEqual(
          [s, r, d].map(({ requests: [request] }) => request?.headers['authorization']),
          ['sub', 'reply', 'dead'].map((audience) => `Bearer of-resource/trigger-oidc to ${audience}`),
        );
      },
    );
  });

  test('are the only ones to get a token', async () => {
    const tokens = new Script();
    await dispatched({ tokens, resource, egress: { oidcServiceAccountName: 'a' } }, ({ s }) => {
      assert.equal(s.requests[0]?.headers['authorization'], undefined);
      assert.deepEqual(tokens.asked, []);
    });
  });

  test('dispatcher 21 A9, security 8 O11: no account: no request, no retry, dead letter', async () => {
    for (const tokens of [new Script(), undefined]) {
      await dispatched(
        {
          ...(tokens === undefined ? {} : { tokens }),
          resource,
          egress: { destinationAudience: 'sub' },
          config: quick,
          deadLetter: () => 204,
        },
        (result) => {
          assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 0, 1, 0]);
          assert.deepEqual(Object.keys(onlyError(result)), ['ce-knativeerrordest']);
          assert.deepEqual(tokens?.asked ?? [], []);
        },
      );
    }
  });

  test('no account and a dead letter sink that asks for a token too: the event is lost, and that is told', async () => {
    await dispatched(
      { egress: { destinationAudience: 'a' }, config: { deadLetterAudience: 'b' }, deadLetter: () => 204 },
      (result) => {
        assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 0, 0, 0]);
        assert.ok(result.report.outcome.kind === 'abandoned');
        assert.equal(result.report.outcome.cause.code, 'DELIVERY_TOKEN_UNAVAILABLE');
      },
    );
  });

  test('are tried again when the API server gives no token', async () => {
    const away = (): OidcError => new OidcError('OIDC_TOKEN_UNAVAILABLE', 'away');
    const tokens = new Script(away(), away());
    await dispatched({ tokens, resource, egress: withAccount, config: quick }, (result) => {
      assert.deepEqual([kind(result), tokens.asked.length, ...requests(result)], ['delivered', 3, 1, 0, 0]);
    });
  });

  test('whose audience no token is ever made for are not tried again', async () => {
    const tokens = new Script(new OidcError('OIDC_AUDIENCE_FORBIDDEN', 'that of the API server'));
    const setup = { tokens, resource, egress: withAccount, config: quick, deadLetter: (): number => 204 };
    await dispatched(setup, (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 0, 1, 0]);
    });
  });

  test('that answer 401 have their token given up, and are not tried again', async () => {
    const tokens = new Script();
    const setup = { tokens, resource, egress: withAccount, config: quick, subscriber: (): number => 401 };
    await dispatched({ ...setup, deadLetter: () => 204 }, (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 1, 1, 0]);
      assert.deepEqual(tokens.rejections, ['of-resource/trigger-oidc to sub']);
    });
  });
});
