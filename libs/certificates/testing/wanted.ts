import type { WantedCertificates } from '../src/index.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const start = new Date('2030-01-01T00:00:00Z');

export function after(ms: number): Date {
  return new Date(start.getTime() + ms);
}

/** An authority of a year and two leaves of a day. */
export const wanted: WantedCertificates = {
  authority: { secretName: 'ca', commonName: 'contract push' },
  leaves: [
    {
      secretName: 'controller',
      uris: ['spiffe://cluster.local/ns/eventing/sa/controller'],
      dnsNames: ['controller.eventing.svc'],
      usages: ['server'],
    },
    { secretName: 'receiver', uris: ['spiffe://cluster.local/ns/eventing/sa/receiver'], usages: ['client'] },
  ],
};
