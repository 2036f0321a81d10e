import { apiVersions, foreignKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Address } from '../objects/resource-status.ts';
import type { Destination, ForeignObject, ObjectReference } from '../objects/resource-types.ts';
import { isOurBroker } from './broker-class-of.ts';
import { guardedDestination } from './destination-guard.ts';
import { ingressAddresses } from './ingress-address.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';

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

/** Every process holds these, and they are in the status: there is a limit to what one object may ask of all. */
const maxLengths = { uri: 8_192, CACerts: 131_072, audience: 1_024 } as const;

/** An address that an object has; its name is any. */
type FoundAddress = Omit<Address, 'name'> & { readonly name?: string };

/**
 * The URL of a destination (control-plane 16.6): of a Service by its name in the cluster, of any other object by its address, with a
 * relative `uri` resolved against it; or of `uri` alone. Certificates and audience of the destination count before those of the address.
 * Where it leads must be allowed ({@link guardedDestination}). The words of a failure are those of the field.
 */
export function resolveDestination(destination: Destination, context: ResolveContext): Outcome<ResolvedDestination> {
  const { ref, uri } = destination;
  if (ref === undefined && (uri === undefined || uri === '')) {
    return failed('destination missing Ref and URI, expected at least one');
  }
  for (const [field, max] of Object.entries(maxLengths)) {
    const { length } = destination[field as keyof typeof maxLengths] ?? '';
    if (length > max) return failed(`${field} is ${length} characters long, at most ${max} are taken`, [field]);
  }
  const base = ref === undefined ? undefined : addressOf(ref, destination, context);
  if (base?.ok === false) return failed(base.error, ['ref', ...base.path]);
  const url = base === undefined ? absoluteUrl(uri ?? '') : relativeUrl(base.value.url, uri);
  if (!url.ok) return failed(url.error, ['uri']);
  const guarded = guardedDestination(new URL(url.value), context.options);
  if (!guarded.ok) return failed(guarded.error, [base === undefined ? 'uri' : 'ref'], guarded.reason);
  return succeeded({
    url: url.value,
    caCerts: nonEmpty(destination.CACerts) ?? base?.value.CACerts ?? '',
    audience: nonEmpty(destination.audience) ?? base?.value.audience ?? '',
  });
}

function addressOf(ref: ObjectReference, destination: Destination, context: ResolveContext): Outcome<FoundAddress> {
  const { kind = '', name = '', apiVersion = '' } = ref;
  const { view, options } = context;
  const namespace = nonEmpty(ref.namespace) ?? context.namespace;
  if (kind === '' || name === '') return failed('destination ref needs kind, name and apiVersion');

  if (kind === 'Service' && apiVersion === apiVersions.Service) {
    const elsewhere = options.serviceUrls[`${namespace}/${name}`] ?? options.serviceUrls[`*/${name}`];
    if (elsewhere !== undefined) return succeeded({ url: elsewhere });
    if (options.servicesMustExist && view.get('Service', namespace, name) === undefined)
      return notFound(ref, namespace);
    const scheme = nonEmpty(destination.CACerts) === undefined ? 'http' : 'https';
    return succeeded({ url: `${scheme}://${name}.${namespace}.svc.${options.clusterDomain}` });
  }
  const own = ownAddresses(ref, namespace, context);
  if (own !== undefined) return own.ok ? chosenAddress(own.value, ref, namespace) : own;
  const foreign = view.get('ForeignObject', namespace, foreignKey(apiVersion, kind, namespace, name).name);
  if (foreign === undefined) return notFound(ref, namespace);
  return chosenAddress(foreign.addresses, ref, namespace);
}

/** Of a Broker or KafkaSink that is served here: known from its name, before it has a status. Undefined: it is somebody else's. */
function ownAddresses(
  ref: ObjectReference,
  namespace: string,
  { view, options }: ResolveContext,
): Outcome<readonly Address[]> | undefined {
  const { kind, name = '', apiVersion } = ref;
  if ((kind !== 'Broker' && kind !== 'KafkaSink') || apiVersion !== apiVersions[kind]) return undefined;
  const object = view.get(kind, namespace, name);
  if (object === undefined) return notFound(ref, namespace);
  const features = options.features(view);
  if (object.kind === 'Broker' && !isOurBroker(object, features)) return undefined;
  const found = ingressAddresses(object, view, features, options);
  return found.ok ? succeeded(found.value.addresses) : found;
}

/** The address of the name that was asked for, else the first (control-plane 16.6). */
function chosenAddress(
  addresses: readonly FoundAddress[],
  ref: ObjectReference,
  namespace: string,
): Outcome<FoundAddress> {
  const wanted = nonEmpty(ref.address);
  const found = wanted === undefined ? addresses[0] : addresses.find(({ name }) => name === wanted);
  if (found !== undefined) return succeeded(found);
  const { kind = '', name = '', apiVersion = '' } = ref;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return failed(
    `address not set for Kind = ${kind}, Namespace = ${namespace}, Name = ${name}, APIVersion = ${apiVersion}, Group = ${group}, Address = ${wanted ?? ''}`,
    wanted === undefined ? [] : ['address'],
  );
}

/** In the words of the API server. */
function notFound({ kind = '', name = '', apiVersion = '' }: ObjectReference, namespace: string): Outcome<never> {
  return failed(`failed to get object ${namespace}/${name}: ${resourceName(kind, apiVersion)} "${name}" not found`);
}

/** As the Kubernetes API says it: `brokers.eventing.knative.dev`, `services`, `eventpolicies`. */
export function resourceName(kind: ForeignObject['objectKind'], apiVersion: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.slice(0, apiVersion.indexOf('/'))}` : '';
  const singular = kind.toLowerCase();
  const plural = singular.replace(/([^aeiou])y$/, '$1ie').replace(/(s|x|z|ch|sh)$/, '$1e');
  return `${plural}s${group}`;
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
  if (nonEmpty(uri) === undefined) return absoluteUrl(base);
  const resolved = URL.parse(uri ?? '', base);
  if (resolved === null) return failed(`URI cannot be resolved against ${base}: "${uri ?? ''}"`);
  return absoluteUrl(resolved.href);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
