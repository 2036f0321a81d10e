/** Truth of a condition. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A condition in Knative's shape. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  /** When the condition last changed in anything but this time; RFC 3339. */
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Where a Broker or KafkaSink takes events. */
export interface Address {
  readonly name: 'http' | 'https';
  readonly url: string;
  readonly CACerts?: string;
  readonly audience?: string;
}

/** What we say about a Broker, Trigger or KafkaSink, in the fields of Knative's `status`. */
export interface ResourceStatus {
  readonly observedGeneration: number;
  /** Sorted by type; `Ready` sums the others up (control-plane 2.3). */
  readonly conditions: readonly Condition[];
  /** Facts worth keeping: `default.topic`, `group.id`, … (control-plane 3.2). */
  readonly annotations: Readonly<Record<string, string>>;
  readonly address?: Address;
  readonly addresses?: readonly Address[];
  readonly subscriberUri?: string;
  readonly subscriberCACerts?: string;
  readonly subscriberAudience?: string;
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
  /** Ready event policies that apply. */
  readonly policies?: readonly { readonly apiVersion: string; readonly name: string }[];
  /** The account under which events are sent, where OIDC is on. */
  readonly auth?: { readonly serviceAccountName: string };
}
