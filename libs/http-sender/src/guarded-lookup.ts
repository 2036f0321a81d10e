import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { DestinationGuard } from '@eventing-kafka/destination-guard';

/** Finds all addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A name leads where events are never sent to. */
export class DestinationDenied extends Error {
  override readonly name = 'DestinationDenied';
  readonly code = 'DESTINATION_DENIED';
}

/** Asks the system's resolver. */
export const resolveBySystem: ResolveName = (hostname) =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });

/**
 * A look-up for `net.connect` that asks the guard about every address before one of them is connected to; there is no second look-up between
 * the two. It is made for each connection, so that a name that leads elsewhere later is asked about again. One bad address among good ones
 * refuses the name: whoever answers so is up to something.
 *
 * Connections that are made at the same time share one look-up: a name whose server does not answer takes one thread of the resolver, of
 * which there are four, and not all.
 */
export function guardedLookup(guard: DestinationGuard, resolve: ResolveName): LookupFunction {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  const addressesOf = (hostname: string): Promise<readonly LookupAddress[]> => {
    const known = underWay.get(hostname);
    if (known !== undefined) return known;
    const asked = resolve(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, asked);
    return asked;
  };
  return (hostname, { all, family }, callback) => {
    addressesOf(hostname).then(
      (found) => {
        const refusal = refusalOf(guard, hostname, found);
        if (refusal !== undefined) {
          callback(new DestinationDenied(`${hostname} leads to ${refusal}`), []);
          return;
        }
        const addresses = found.filter((address) => isOfFamily(address, family));
        const [first] = addresses;
        if (first === undefined)
          callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), []);
        else if (all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
}

function refusalOf(guard: DestinationGuard, hostname: string, addresses: readonly LookupAddress[]): string | undefined {
  for (const { address } of addresses) {
    const refusal = guard.refusalOfAddress(address, hostname);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function isOfFamily({ family }: LookupAddress, wanted: number | string | undefined): boolean {
  if (wanted === undefined || wanted === 0) return true;
  return wanted === family || wanted === `IPv${family}`;
}
