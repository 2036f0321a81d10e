import type { Address, Condition, ResourceStatus } from '../objects/resource-status.ts';
import { textsOf } from './object-metadata.ts';
import { isRecord } from './structural-schema.ts';

const textFields = [
  'subscriberUri',
  'subscriberCACerts',
  'subscriberAudience',
  'deadLetterSinkUri',
  'deadLetterSinkCACerts',
  'deadLetterSinkAudience',
] as const;

/**
 * The status that an object of an API carries, whoever wrote it: us, an earlier version, the controller that served it before us. What
 * has another shape counts as absent. Undefined when there is no status.
 */
export function parseStatus(document: unknown): ResourceStatus | undefined {
  if (!isRecord(document) || !isRecord(document['status'])) return undefined;
  const { status } = document;
  const { observedGeneration, auth } = status;
  const address = addressOf(status['address']);
  const addresses = listOf(status['addresses'], addressOf);
  const policies = listOf(status['policies'], policyOf);
  const account = isRecord(auth) ? auth['serviceAccountName'] : undefined;
  return {
    observedGeneration: typeof observedGeneration === 'number' ? observedGeneration : 0,
    conditions: listOf(status['conditions'], conditionIn),
    annotations: textsOf(status['annotations']),
    ...(address === undefined ? {} : { address }),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...Object.fromEntries(
      textFields.flatMap((field) => (typeof status[field] === 'string' ? [[field, status[field]]] : [])),
    ),
    ...(policies.length === 0 ? {} : { policies }),
    ...(typeof account === 'string' && account !== '' ? { auth: { serviceAccountName: account } } : {}),
  };
}

function listOf<T>(value: unknown, read: (item: unknown) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => read(item)).filter((item) => item !== undefined);
}

function addressOf(value: unknown): Address | undefined {
  if (!isRecord(value) || typeof value['url'] !== 'string') return undefined;
  const { url, CACerts, audience } = value;
  return {
    name: url.startsWith('https:') ? 'https' : 'http',
    url,
    ...(typeof CACerts === 'string' ? { CACerts } : {}),
    ...(typeof audience === 'string' ? { audience } : {}),
  };
}

function conditionIn(value: unknown): Condition | undefined {
  if (!isRecord(value) || typeof value['type'] !== 'string') return undefined;
  const { type, status, reason, message, lastTransitionTime } = value;
  return {
    type,
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    lastTransitionTime: typeof lastTransitionTime === 'string' ? lastTransitionTime : '',
    ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
  };
}

function policyOf(value: unknown): { readonly apiVersion: string; readonly name: string } | undefined {
  if (!isRecord(value)) return undefined;
  const { apiVersion, name } = value;
  return typeof apiVersion === 'string' && typeof name === 'string' ? { apiVersion, name } : undefined;
}
