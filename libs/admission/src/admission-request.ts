/** The kinds that are looked at when they are written. */
export const admittedKinds = ['Broker', 'Trigger', 'KafkaSink', 'EventPolicy', 'ConfigMap'] as const;

/** One of {@link admittedKinds}. */
export type AdmittedKind = (typeof admittedKinds)[number];

/** What somebody wants to do with an object. */
export interface AdmissionRequest {
  readonly kind: AdmittedKind;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** `status`, or empty for the object itself. */
  readonly subResource: string;
  readonly namespace: string;
  /** Who asks. */
  readonly userName: string;
  /** The object as it would be stored; undefined when it is deleted. */
  readonly object: unknown;
  /** The object as it is stored; undefined when it is created. */
  readonly oldObject: unknown;
}

/** What decisions depend on beside the request. Asked for anew with every request, never kept. */
export interface AdmissionContext {
  /** Where the ConfigMaps of features are. */
  readonly systemNamespace: string;
  /** The data of a ConfigMap of the system namespace; undefined when there is none. */
  readonly configMap: (name: string) => Readonly<Record<string, string>> | undefined;
  /**
   * Whether a ConfigMap was asked for and it is not known yet if there is one. Then a review waits for it, and is to be sent again if that
   * takes too long. Absent: everything is always known.
   */
  readonly isPending?: (name: string) => boolean;
  /**
   * The class of a Broker; undefined when it is not known, or has none. Triggers of Brokers known to belong to somebody else are left to
   * them. Absent: nothing is known of any Broker.
   */
  readonly brokerClassOf?: (namespace: string, name: string) => string | undefined;
  /**
   * The account of the controller, `system:serviceaccount:<namespace>:<name>`: nobody else writes what it remembers in the annotations of a status.
   * Absent: everybody may.
   */
  readonly controllerUser?: string;
  /** Whether events may be delivered to this machine itself, as in development. */
  readonly allowLoopback: boolean;
}
