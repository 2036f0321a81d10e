import { createServer, type Server } from 'node:net';
import { ClusterError } from './cluster-error.ts';

/**
 * The loopback addresses of one cluster. Linux routes all of 127.0.0.0/8 to the loopback interface, so a cluster gets two /16 networks of
 * it, one for Services and one for Pods, and no port of it can be taken by anybody else.
 */
export interface ClusterNetwork extends Disposable {
  /** Addresses of Services, as the API server's flag wants it: `127.100.0.0/16` for the first cluster of a machine. */
  readonly serviceRange: string;
  /** The first address of `serviceRange`: that of the Service `kubernetes`, and where the API server listens. */
  readonly apiServerAddress: string;
  /** The address of the `index`-th Pod, counted from 0: 127.10.1.1, 127.10.1.2, … for the first cluster of a machine. */
  podAddress(index: number): string;
  /** The address of the `index`-th node, counted from 0: 127.10.0.1, … */
  nodeAddress(index: number): string;
}

const firstServiceNetwork = 100;
const firstPodNetwork = 10;
const networks = 80;
const podsPerThirdByte = 254;

/**
 * Claims the first free pair of networks of this machine, until it is disposed or this process ends. The claim is a listening socket on an
 * address of the network: the kernel gives it to one process only, and takes it back whatever way that process ends.
 */
export async function claimClusterNetwork(): Promise<ClusterNetwork> {
  for (let index = 0; index < networks; index++) {
    const services = `127.${firstServiceNetwork + index}`;
    const claim = await listenOn(`${services}.255.254`);
    if (claim === undefined) continue;
    return {
      serviceRange: `${services}.0.0/16`,
      apiServerAddress: `${services}.0.1`,
      nodeAddress: (node) => `127.${firstPodNetwork + index}.0.${1 + node}`,
      podAddress: (pod) => podAddress(firstPodNetwork + index, pod),
      [Symbol.dispose]: () => void claim.close(),
    };
  }
  throw new ClusterError(
    'CLUSTER_UNSUPPORTED',
    `None of ${networks} loopback networks is free: are ${networks} test clusters running, or does this machine not route 127.0.0.0/8 to itself?`,
  );
}

/** Pods come and go, so that the addresses of a long-lived cluster start again from the first after 64,516 of them. */
function podAddress(network: number, pod: number): string {
  const third = 1 + (Math.floor(pod / podsPerThirdByte) % podsPerThirdByte);
  return `127.${network}.${third}.${1 + (pod % podsPerThirdByte)}`;
}

function listenOn(host: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen({ host, port: 16_443, exclusive: true }, () => resolve(server.unref()));
  });
}
