import type { Manifest } from '../installation.ts';
import { namespaces, service } from './acceptance-suite.ts';

/** The consumer group of a Trigger of {@link namespaces}.brokers, or of another namespace. */
export function groupOf(name: string, namespace: string = namespaces.brokers): string {
  return `knative-trigger-${namespace}-${name}`;
}

/** A Trigger that delivers to the suite's Service, to a path that is its name. */
export function rowTrigger(
  name: string,
  broker: string,
  {
    namespace = namespaces.brokers,
    spec = {},
    annotations = {},
  }: { namespace?: string; spec?: object; annotations?: Readonly<Record<string, string>> } = {},
): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { namespace, name, annotations },
    spec: { broker, subscriber: { ref: service.ref, uri: `/${name}` }, ...spec },
  };
}

/** All conditions of a Trigger that is served and has no dead letter sink. */
export const triggerTrue = {
  BrokerReady: 'True',
  OIDCIdentityCreated: 'True | authentication-oidc feature disabled',
  SubscriberResolved: 'True',
  DeadLetterSinkResolved: 'True | DeadLetterSinkNotConfigured | No dead letter sink is configured.',
  SubscriptionReady: 'True',
  DependencyReady: 'True',
  Ready: 'True',
} as const;
