import type { Features } from '../features/features.ts';
import { namespacedBrokerClass } from '../objects/broker-class.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Address } from '../objects/resource-status.ts';
import type { Broker, KafkaSink } from '../objects/resource-types.ts';
import { brokerClassOf } from './broker-class-of.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';

/** Where a Broker or KafkaSink takes events. */
export interface IngressAddresses {
  /** The one for whoever asks for one. */
  readonly address: Address;
  /** All of them; https first, so that whoever refers to the object sends over TLS (security SD15). */
  readonly addresses: readonly Address[];
}

const tlsSecrets = { Broker: 'kafka-broker-ingress-server-tls', KafkaSink: 'kafka-sink-ingress-server-tls' } as const;

/** The namespace of the data plane that serves an object and nothing else; empty: the shared one does (control-plane 8). */
export function dataPlaneNamespaceOf(object: Broker | KafkaSink, features: Features, options: PlanningOptions): string {
  const isOwn =
    options.namespacedDataPlanes &&
    object.kind === 'Broker' &&
    brokerClassOf(object, features) === namespacedBrokerClass;
  return isOwn ? object.metadata.namespace : '';
}

/** The path of a Broker or KafkaSink (control-plane 4.5). */
export function ingressPath(namespace: string, name: string): string {
  return `/${namespace}/${name}`;
}

/** What tokens for an object have to be made for; empty where senders are not asked who they are (control-plane 16.3). */
export function audienceOf({ kind, metadata }: Broker | KafkaSink, features: Features): string {
  if (!features.authenticationOidc) return '';
  return `eventing.knative.dev/${kind}/${metadata.namespace}/${metadata.name}`.toLowerCase();
}

/**
 * The addresses of an object by the mode of transport encryption (control-plane 16.1). An https address carries the public CA of the
 * receivers; a failure says that it cannot be had, or that these receivers have no TLS.
 */
export function ingressAddresses(
  object: Broker | KafkaSink,
  view: ResourceView,
  features: Features,
  options: PlanningOptions,
): Outcome<IngressAddresses> {
  const mode = features.transportEncryption;
  const audience = audienceOf(object, features);
  const withAudience = audience === '' ? {} : { audience };
  const path = ingressPath(object.metadata.namespace, object.metadata.name);
  const { ingressServices, systemNamespace, clusterDomain } = options;
  if (ingressServices === undefined) {
    const address: Address = { name: 'http', url: `${options.ingressBaseUrl}${path}`, ...withAudience };
    if (mode !== 'strict') return succeeded({ address, addresses: [address] });
    return failed('transport-encryption is "strict", and these receivers take events over http alone');
  }
  const ownNamespace = dataPlaneNamespaceOf(object, features, options);
  const namespace = ownNamespace === '' ? systemNamespace : ownNamespace;
  const host = `${ingressServices[object.kind]}.${namespace}.svc.${clusterDomain}`;
  const http: Address = { name: 'http', url: `http://${host}${path}`, ...withAudience };
  if (mode === 'disabled') return succeeded({ address: http, addresses: [http] });

  const secretName = tlsSecrets[object.kind];
  const secret = view.get('Secret', namespace, secretName);
  if (secret === undefined)
    return failed(`failed to get CA certs from ${namespace}/${secretName}: secrets "${secretName}" not found`);
  const { caCertificate } = secret;
  const https: Address = {
    name: 'https',
    url: `https://${host}${path}`,
    ...(caCertificate === undefined ? {} : { CACerts: caCertificate }),
    ...withAudience,
  };
  return succeeded(
    mode === 'strict' ? { address: https, addresses: [https] } : { address: http, addresses: [https, http] },
  );
}

/** Where events would be taken over http, which can always be told. */
export function plainAddress(object: Broker | KafkaSink, features: Features, options: PlanningOptions): Address {
  const path = ingressPath(object.metadata.namespace, object.metadata.name);
  const { ingressServices, systemNamespace, clusterDomain, ingressBaseUrl } = options;
  if (ingressServices === undefined) return { name: 'http', url: `${ingressBaseUrl}${path}` };
  const namespace = dataPlaneNamespaceOf(object, features, options) || systemNamespace;
  return { name: 'http', url: `http://${ingressServices[object.kind]}.${namespace}.svc.${clusterDomain}${path}` };
}
