import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '../kubernetes-objects.ts';
import { forwardToAnnotation, serviceRoutes } from './service-routes.ts';

const apiServer = { host: '127.100.0.1', port: 6443 };
const meta = (name: string, namespace = 'shop') => ({ name, namespace, uid: name, resourceVersion: '1' });

function service(spec: Service['spec'], annotations?: Record<string, string>): Service {
  return {
    metadata: { ...meta('web'), ...(annotations && { annotations }) },
    spec: { clusterIP: '127.100.1.1', ...spec },
  };
}

function pod(name: string, ready: boolean, more: Partial<Pod['metadata']> = {}): Pod {
  return {
    metadata: { ...meta(name), labels: { app: 'web' }, ...more },
    spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: { podIP: `ip-of-${name}`, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const web = service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] });
const targetsOf = (services: Service[], pods: Pod[]) =>
  Object.fromEntries(serviceRoutes(services, pods, apiServer).targets);

test('a Service leads to the ready Pods it selects, at the port they call by its name', () => {
  assert.deepEqual(targetsOf([web], [pod('a', true), pod('b', false)]), {
    '127.100.1.1:80': [{ host: 'ip-of-a', port: 8080 }],
  });
});

test('a Pod that is being deleted is led to no more', () => {
  const leaving = pod('a', true, { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.deepEqual(targetsOf([web], [leaving]), { '127.100.1.1:80': [] });
});

test('Pods of another namespace or with other labels are not selected', () => {
  const others = [pod('a', true, { namespace: 'other' }), pod('b', true, { labels: { app: 'other' } })];
  assert.deepEqual(targetsOf([web], others), { '127.100.1.1:80': [] });
});

test('a Service that asks for it leads to Pods that are not ready', () => {
  const early = service({ selector: { app: 'web' }, ports: [{ port: 80 }], publishNotReadyAddresses: true });
  assert.deepEqual(targetsOf([early], [pod('a', false)]), { '127.100.1.1:80': [{ host: 'ip-of-a', port: 80 }] });
});

test('a headless Service has the addresses of its Pods and is not listened on', () => {
  const headless = service({ clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] });
  const routes = serviceRoutes([headless], [pod('a', true), pod('b', true)], apiServer);
  assert.equal(routes.targets.size, 0);
  assert.deepEqual(routes.addresses, [{ namespace: 'shop', name: 'web', addresses: ['ip-of-a', 'ip-of-b'] }]);
});

test('the Service kubernetes leads to the API server', () => {
  const kubernetes = { ...service({ ports: [{ port: 443 }] }), metadata: meta('kubernetes', 'default') };
  assert.deepEqual(targetsOf([kubernetes], []), { '127.100.1.1:443': [apiServer] });
});

test('our annotation leads all ports to a program of the machine', () => {
  const outside = service({ ports: [{ port: 80 }, { port: 443 }] }, { [forwardToAnnotation]: '127.0.0.1:4000' });
  const target = [{ host: '127.0.0.1', port: 4000 }];
  assert.deepEqual(targetsOf([outside], []), { '127.100.1.1:80': target, '127.100.1.1:443': target });
});

test('an external name and a UDP port are not listened on', () => {
  const external: Service = { metadata: meta('ext'), spec: { type: 'ExternalName' } };
  const udp = service({ ports: [{ port: 53, protocol: 'UDP' }] });
  assert.deepEqual(targetsOf([external, udp], []), {});
});
