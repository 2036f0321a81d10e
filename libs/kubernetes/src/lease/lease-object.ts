import type { KubernetesClient } from '../client/kubernetes-client.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { createObject, readObject, replaceObject } from '../objects/object-calls.ts';
import { leaseSpec } from './lease-record.ts';
import type { LeaseRecord } from './lease-record.ts';

/** A Lease object with what it takes to replace it. */
export type LeaseObject = KubernetesObject & { readonly apiVersion: string; readonly kind: string };

/** Which Lease is meant, and where its epoch stands. */
export interface LeasePlace {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly name: string;
  readonly epochAnnotation: string;
}

const leaseApiVersion = 'coordination.k8s.io/v1';
/** Well below the deadline for a renewal, so that there is a second attempt. */
const leaseTimeoutMs = 4_000;

/** The Lease; undefined: there is none. */
export async function readLease(
  { client, namespace, name }: LeasePlace,
  signal: AbortSignal,
): Promise<LeaseObject | undefined> {
  const object = await readObject(
    client,
    { apiVersion: leaseApiVersion, kind: 'Lease', namespace, name },
    { signal, timeoutMs: leaseTimeoutMs },
  );
  return object === undefined ? undefined : { ...object, apiVersion: leaseApiVersion, kind: 'Lease' };
}

/** Writes a record over the version given, or makes the Lease. @throws KubernetesError when that is not the present version. */
export function writeLease(
  { client, namespace, name, epochAnnotation }: LeasePlace,
  over: LeaseObject | undefined,
  record: LeaseRecord,
  signal: AbortSignal,
  now: number,
): Promise<LeaseObject> {
  const limits = { signal, timeoutMs: leaseTimeoutMs };
  const annotations = { ...over?.metadata.annotations, [epochAnnotation]: record.epoch.toString() };
  const spec = leaseSpec(record, now);
  return over === undefined
    ? createObject<LeaseObject>(
        client,
        { apiVersion: leaseApiVersion, kind: 'Lease', metadata: { namespace, name, annotations }, spec },
        limits,
      )
    : replaceObject<LeaseObject>(client, { ...over, metadata: { ...over.metadata, annotations }, spec }, limits);
}
