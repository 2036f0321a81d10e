import type { ServiceAddresses } from './service-routes.ts';

/**
 * The names of Services as Pods of `namespace` know them, as text for `/etc/hosts`: `broker`, `broker.ns`, `broker.ns.svc` and
 * `broker.ns.svc.cluster.local`, the first for the Services of the namespace itself.
 */
export function hostNames(services: readonly ServiceAddresses[], namespace: string): string {
  const lines = services.flatMap(({ namespace: own, name, addresses }) => {
    const names = [`${name}.${own}.svc.cluster.local`, `${name}.${own}.svc`, `${name}.${own}`];
    if (own === namespace) names.push(name);
    return addresses.map((address) => `${address}\t${names.join(' ')}`);
  });
  return `127.0.0.1\tlocalhost\n${lines.join('\n')}\n`;
}
