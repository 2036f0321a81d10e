import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessTo } from './issuer-access.ts';

const api = { host: '10.0.0.1', port: 6443 };
const cluster = 'https://kubernetes.default.svc';
const other = 'https://issuer.example/realm';

const rows: readonly (readonly [url: string, base: string, inCluster: typeof api | undefined, expected: string])[] = [
  [`${cluster}/.well-known/openid-configuration`, cluster, api, 'api-server /.well-known/openid-configuration'],
  ['https://10.0.0.1:6443/a?b', cluster, api, 'api-server /a?b'],
  // The address of the API server for others, at which its keys are not asked for.
  ['https://172.18.0.2:6443/openid/v1/jwks', cluster, api, 'api-server /openid/v1/jwks'],
  ['https://172.18.0.2:6443/other', cluster, api, 'web https://172.18.0.2:6443/other'],
  // Somebody else's keys, wherever they are, get no token.
  ['https://172.18.0.2:6443/openid/v1/jwks', other, api, 'web https://172.18.0.2:6443/openid/v1/jwks'],
  [`${other}/keys`, other, api, `web ${other}/keys`],
  [`${cluster}:444/keys`, cluster, api, `web ${cluster}:444/keys`],
  ['https://10.0.0.1/keys', cluster, api, 'web https://10.0.0.1/keys'],
  [
    'https://kubernetes.default.svc.evil.example/keys',
    cluster,
    api,
    'web https://kubernetes.default.svc.evil.example/keys',
  ],
  // There is nobody to trust with a token outside of a cluster.
  [`${cluster}/keys`, cluster, undefined, `web ${cluster}/keys`],
  // http is for a machine by itself.
  ['http://kubernetes.default.svc/openid/v1/jwks', other, api, 'refused'],
  ['http://issuer.example/keys', other, undefined, 'refused'],
  ['http://localhost:8080/keys', other, undefined, 'refused'],
  ['http://localhost:8080/keys', 'http://localhost:8080', undefined, 'web http://localhost:8080/keys'],
  ['http://issuer.example/keys', 'http://127.0.0.1:8080', undefined, 'refused'],
  ['ftp://127.0.0.1/keys', 'http://127.0.0.1:8080', undefined, 'refused'],
];

for (const [url, base, inCluster, expected] of rows) {
  test(`${url} of ${base} ${inCluster === undefined ? 'outside of' : 'in'} a cluster`, () => {
    const access = accessTo(new URL(url), new URL(base), inCluster);
    const said = {
      'api-server': () => `api-server ${'path' in access ? access.path : ''}`,
      web: () => `web ${'url' in access ? access.url.href : ''}`,
      refused: () => 'refused',
    }[access.kind]();
    assert.equal(said, expected);
  });
}
