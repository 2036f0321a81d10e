import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';

/** A request that came: the id of its event and who it says it is from. */
export interface SecureRequest {
  readonly id: string;
  readonly authorization: string | undefined;
}

/** A subscriber over TLS that answers 204 and notes what it gets. Disposing closes it. */
export interface SecureSubscriber extends AsyncDisposable {
  readonly url: string;
  /** Who signed its certificate, PEM. */
  readonly caPem: string;
  readonly requests: readonly SecureRequest[];
}

/** Starts one on this machine, with a certificate of a CA of its own. */
export async function startSecureSubscriber(): Promise<SecureSubscriber> {
  const { caPem, server: pair } = await makeCertificates();
  const requests: SecureRequest[] = [];
  const server = createServer({ cert: pair.certPem, key: pair.keyPem }, ({ headers }, response) => {
    requests.push({ id: String(headers['ce-id']), authorization: headers.authorization });
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    caPem,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
