import { apiVersions } from '@eventing-kafka/resources';
import type { ResourceKind } from '@eventing-kafka/resources';
import { dataPlaneSelector } from './roster.ts';

/** Objects that are watched from the start. */
export interface Informer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
  /** `served`: with status and problems; `existence`: only that it is there; `object`: as it is; `pod`: for the roster. */
  readonly use: 'served' | 'object' | 'existence' | 'pod';
}

/** Label of ConfigMaps whose certificates are trusted by all that we send to. */
export const trustBundleLabel = 'networking.knative.dev/trust-bundle';

/** What is watched from the start. Everything else is watched when it is first looked up. */
export function informers(systemNamespace: string): readonly Informer[] {
  const known = (kind: ResourceKind, use: Informer['use']): Informer => ({ apiVersion: apiVersions[kind], kind, use });
  return [
    known('Broker', 'served'),
    known('Trigger', 'served'),
    known('KafkaSink', 'served'),
    known('EventPolicy', 'served'),
    { ...known('Service', 'existence'), metadataOnly: true },
    {
      ...known('ServiceAccount', 'object'),
      metadataOnly: true,
      labelSelector: 'eventing.knative.dev/oidc=enabled',
    },
    { ...known('ConfigMap', 'object'), namespace: systemNamespace, labelSelector: `${trustBundleLabel}=true` },
    { apiVersion: 'v1', kind: 'Pod', use: 'pod', labelSelector: dataPlaneSelector },
  ];
}
