import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import { apiVersions } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Destination, ObjectReference } from '../objects/resource-types.ts';

/** A destination as a dispatcher needs it. */
export interface ResolvedDestination {
  /** Absolute, http or https. */
  readonly url: string;
  /** PEM; empty: none. */
  readonly caCerts: string;
  /** OIDC audience; empty: none. */
  readonly audience: string;
}

/** What a destination is resolved with. */
export interface ResolveContext {
  /** Of the object in which the destination stands. */
  readonly namespace: string;
  readonly view: ResourceView;
  readonly options: PlanningOptions;
}

/**
 * The URL of a destination (control-plane 16.6): of a Service by its name in the cluster, of a Broker or KafkaSink by its
 * address, with a relative `uri` resolved against it; or of `uri` alone. The words of a failure are those of the field.
 */
export function resolveDestination(destination: Destination, context: ResolveContext): Outcome<ResolvedDestination> {
  const { ref, uri } = destination;
  if (ref === undefined && (uri === undefined || uri === '')) {
    return failed('destination missing Ref and URI, expected at least one');
  }
  const base = ref === undefined ? undefined : addressOf(ref, destination, context);
  if (base?.ok === false) return failed(base.error, ['ref', ...base.path]);
  const url = base === undefined ? absoluteUrl(uri ?? '') : relativeUrl(base.value, uri);
  if (!url.ok) return failed(url.error, ['uri']);
  return succeeded({ url: url.value, caCerts: destination.CACerts ?? '', audience: destination.audience ?? '' });
}

function addressOf(ref: ObjectReference, destination: Destination, context: ResolveContext): Outcome<string> {
  const { kind = '', name = '', apiVersion = '' } = ref;
  const namespace = ref.namespace ?? context.namespace;
  if (kind === '' || name === '') return failed('destination ref needs kind, name and apiVersion');
  const missing = failed(
    `failed to get object ${namespace}/${name}: ${resourceName(kind, apiVersion)} "${name}" not found`,
  );

  if (kind === 'Service' && apiVersion === apiVersions.Service) {
    const { serviceUrls } = context.options;
    const elsewhere = serviceUrls[`${namespace}/${name}`] ?? serviceUrls[`*/${name}`];
    if (elsewhere !== undefined) return succeeded(elsewhere);
    if (context.options.servicesMustExist && context.view.get('Service', namespace, name) === undefined) return missing;
    const scheme = destination.CACerts === undefined || destination.CACerts === '' ? 'http' : 'https';
    return succeeded(`${scheme}://${name}.${namespace}.svc.${context.options.clusterDomain}`);
  }
  if ((kind === 'Broker' || kind === 'KafkaSink') && apiVersion === apiVersions[kind]) {
    if (context.view.get(kind, namespace, name) === undefined) return missing;
    return succeeded(ingressUrl(context.options, namespace, name));
  }
  return missing;
}

/** Where events for a Broker or KafkaSink are taken. */
export function ingressUrl(options: PlanningOptions, namespace: string, name: string): string {
  return `${options.ingressBaseUrl}${ingressPath(namespace, name)}`;
}

/** The path of a Broker or KafkaSink (control-plane 4.5). */
export function ingressPath(namespace: string, name: string): string {
  return `/${namespace}/${name}`;
}

/** As the Kubernetes API says it: `brokers.eventing.knative.dev`, `services`. */
function resourceName(kind: string, apiVersion: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.slice(0, apiVersion.indexOf('/'))}` : '';
  return `${kind.toLowerCase()}s${group}`;
}

function absoluteUrl(uri: string): Outcome<string> {
  const parsed = URL.parse(uri);
  if (parsed === null || parsed.host === '') {
    return failed(`URI is not absolute (both scheme and host should be non-empty): "${uri}"`);
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    return failed(
      `URI has the scheme "${parsed.protocol.slice(0, -1)}", only http and https are delivered to: "${uri}"`,
    );
  }
  return succeeded(uri);
}

function relativeUrl(base: string, uri: string | undefined): Outcome<string> {
  if (uri === undefined || uri === '') return succeeded(base);
  const resolved = URL.parse(uri, base);
  if (resolved === null) return failed(`URI cannot be resolved against ${base}: "${uri}"`);
  return absoluteUrl(resolved.href);
}
