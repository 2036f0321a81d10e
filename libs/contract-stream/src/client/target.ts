import { ContractStreamError } from '../errors.ts';

/**
 * The gRPC target for `host:port`, looked up by DNS unless it is an address.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_TARGET`
 */
export function grpcTarget(target: string): string {
  const match = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/u.exec(target);
  const port = Number(match?.[1] ?? Number.NaN);
  if (!(port >= 1 && port <= 65_535)) {
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_TARGET',
      `The controller's address ${JSON.stringify(target)} is no host:port; give one such as controller:9100 or 127.0.0.1:9100`,
    );
  }
  return `dns:${target}`;
}
