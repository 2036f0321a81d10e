import { apiVersions } from '@eventing-kafka/resources';
import type { ResourceKind } from '@eventing-kafka/resources';
import type { LookupTarget } from './lookups.ts';

/** What has to be watched for the sake of an object; undefined: nothing more than is watched anyway. */
export function lookupTarget(kind: ResourceKind, namespace: string, name: string): LookupTarget | undefined {
  switch (kind) {
    case 'ConfigMap':
    case 'Secret':
      // No name at all would select every object.
      return name === '' || namespace === '' ? undefined : { apiVersion: apiVersions[kind], kind, namespace, name };
    case 'ForeignObject': {
      const [apiVersion = '', objectKind = ''] = name.split(' ');
      // Nobody's Secrets are read as a whole, whoever names one as a destination, and whatever is granted.
      if (apiVersion === apiVersions.Secret && objectKind === 'Secret') return undefined;
      return apiVersion === '' || objectKind === '' ? undefined : { apiVersion, kind: objectKind };
    }
    default:
      return undefined;
  }
}
