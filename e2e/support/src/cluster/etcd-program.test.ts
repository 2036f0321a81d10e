import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClusterError } from './cluster-error.ts';
import { findEtcd } from './etcd-program.ts';

test('without etcd, and without a way to install it, the error says what to do', async () => {
  await assert.rejects(
    findEtcd({ PATH: '/nowhere' }),
    (error) => isClusterError(error, 'CLUSTER_ETCD_MISSING') && /apt-get install etcd-server/.test(error.message),
  );
});
