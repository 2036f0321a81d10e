import { foreignKey } from '../objects/resource-key.ts';
import type { ForeignObject } from '../objects/resource-types.ts';
import { objectMetadata } from './object-metadata.ts';
import { isRecord } from './structural-schema.ts';

type ForeignAddress = ForeignObject['addresses'][number];

/**
 * The duck type of any object of an API: its addresses and whether it is ready. Whatever else it says, or says in another shape, is not
 * looked at. Undefined when the value is no object with apiVersion, kind, namespace and name.
 */
export function foreignObjectOf(document: unknown): ForeignObject | undefined {
  if (!isRecord(document) || !isRecord(document['metadata'])) return undefined;
  const { apiVersion, kind } = document;
  const { namespace, name } = document['metadata'];
  if (![apiVersion, kind, namespace, name].every((part) => typeof part === 'string' && part !== '')) return undefined;
  const key = foreignKey(apiVersion as string, kind as string, namespace as string, name as string);
  const metadata = objectMetadata(key, document);
  const status = isRecord(document['status']) ? document['status'] : {};
  const ready = readyOf(status, metadata.generation);
  return {
    kind: 'ForeignObject',
    metadata,
    apiVersion: apiVersion as string,
    objectKind: kind as string,
    objectName: name as string,
    addresses: addressesOf(status),
    serviceAccounts: serviceAccountsOf(status['auth']),
    ...(ready === undefined ? {} : { ready }),
  };
}

/** One, or several where an object sends under several. */
function serviceAccountsOf(auth: unknown): readonly string[] {
  if (!isRecord(auth)) return [];
  const { serviceAccountName, serviceAccountNames } = auth;
  const several = Array.isArray(serviceAccountNames) ? (serviceAccountNames as readonly unknown[]) : [];
  return [serviceAccountName, ...several].filter((name) => typeof name === 'string' && name !== '') as string[];
}

/** `status.addresses` in its order; else `status.address`. Knative's own rule (control-plane 16.6). */
function addressesOf(status: Readonly<Record<string, unknown>>): readonly ForeignAddress[] {
  const several = Array.isArray(status['addresses']) ? (status['addresses'] as readonly unknown[]) : [];
  const found = several.map(addressOf).filter((address) => address !== undefined);
  if (found.length > 0) return found;
  const only = addressOf(status['address']);
  return only === undefined ? [] : [only];
}

function addressOf(value: unknown): ForeignAddress | undefined {
  if (!isRecord(value) || typeof value['url'] !== 'string' || value['url'] === '') return undefined;
  const { url, name, CACerts, audience } = value;
  return {
    url,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof CACerts === 'string' ? { CACerts } : {}),
    ...(typeof audience === 'string' ? { audience } : {}),
  };
}

function readyOf(status: Readonly<Record<string, unknown>>, generation: number): ForeignObject['ready'] {
  const conditions = Array.isArray(status['conditions']) ? (status['conditions'] as readonly unknown[]) : [];
  const ready = conditions.find((condition) => isRecord(condition) && condition['type'] === 'Ready');
  if (!isRecord(ready)) return undefined;
  const { observedGeneration } = status;
  if (typeof observedGeneration === 'number' && observedGeneration !== generation) {
    return {
      status: 'Unknown',
      reason: 'NewGeneration',
      message: `generation ${generation} has not been looked at yet`,
    };
  }
  const { status: truth, reason, message } = ready;
  return {
    status: truth === 'True' || truth === 'False' ? truth : 'Unknown',
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
  };
}
