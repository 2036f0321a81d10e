import type { StructuralProblem } from '../parsing/structural-schema.ts';
import type { ResourceKey, ResourceKind } from './resource-key.ts';
import type { Condition } from './resource-status.ts';

/** What every object carries. */
export interface ObjectMetadata {
  readonly namespace: string;
  readonly name: string;
  /** The object's own, or one made from kind, namespace and name ({@link deterministicUid}). */
  readonly uid: string;
  /** Grows with every change of the spec; 1 for an object just made. */
  readonly generation: number;
  /** Changes with every change of the object; empty if the source keeps none. */
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly finalizers?: readonly string[];
  /** When its deletion was asked for, RFC 3339; it goes when its finalizers are gone. Absent: it stays. */
  readonly deletionTimestamp?: string;
  /** Uid of the object that controls it (`controller: true` among the owner references); absent: nobody does. */
  readonly controllerUid?: string;
}

/** Names another object; what is left out comes from where the reference stands. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a destination: which of the object's addresses is meant, `http` or `https`; absent: its first. */
  readonly address?: string;
}

/** Of an object whose spec cannot be taken as it is written. */
export interface MaybeInvalid {
  /**
   * What is wrong, at least one error; the spec then holds no more than what could be read. Such an object comes from an API, where it can
   * be seen and has to be told about; a folder keeps the version before. Absent: the spec is as it is written.
   */
  readonly invalid?: readonly StructuralProblem[];
}

/** Where events go: an object with an address, a URL, or a URL relative to the address of an object. */
export interface Destination {
  readonly ref?: ObjectReference;
  readonly uri?: string;
  /** PEM, for this destination alone. */
  readonly CACerts?: string;
  /** OIDC audience. */
  readonly audience?: string;
}

/** Knative's delivery settings. */
export interface DeliverySpec {
  readonly deadLetterSink?: Destination;
  /** Retries after the first attempt; at least 0. */
  readonly retry?: number;
  readonly backoffPolicy?: string;
  /** ISO 8601 duration. */
  readonly backoffDelay?: string;
  /** ISO 8601 duration, more than 0. */
  readonly timeout?: string;
  /** ISO 8601 duration. */
  readonly retryAfterMax?: string;
  /** `json` or `binary`. */
  readonly format?: string;
}

/** A Broker of class `Kafka` or `KafkaNamespaced` (control-plane 7.1). */
export interface Broker extends MaybeInvalid {
  readonly kind: 'Broker';
  readonly metadata: ObjectMetadata;
  readonly spec: {
    /** The ConfigMap with topic settings and bootstrap servers. */
    readonly config?: ObjectReference;
    readonly delivery?: DeliverySpec;
  };
}

/** One node of `spec.filters` (CloudEvents Subscriptions API). */
export interface FilterSpec {
  readonly exact?: Readonly<Record<string, string>>;
  readonly prefix?: Readonly<Record<string, string>>;
  readonly suffix?: Readonly<Record<string, string>>;
  readonly all?: readonly FilterSpec[];
  readonly any?: readonly FilterSpec[];
  readonly not?: FilterSpec;
  readonly cesql?: string;
}

/** A Trigger (control-plane 9). */
export interface Trigger extends MaybeInvalid {
  readonly kind: 'Trigger';
  readonly metadata: ObjectMetadata;
  readonly spec: {
    /** A Broker of the Trigger's namespace, from `broker` or `brokerRef`; empty only of an invalid Trigger. */
    readonly broker: string;
    readonly filter?: { readonly attributes?: Readonly<Record<string, string>> };
    /** When not empty, `filter` is ignored. */
    readonly filters?: readonly FilterSpec[];
    readonly subscriber: Destination;
    /** Takes the place of the Broker's delivery as a whole. */
    readonly delivery?: DeliverySpec;
  };
}

/** A KafkaSink (control-plane 15.1). */
export interface KafkaSink extends MaybeInvalid {
  readonly kind: 'KafkaSink';
  readonly metadata: ObjectMetadata;
  readonly spec: {
    readonly topic: string;
    readonly bootstrapServers: readonly string[];
    /** With `replicationFactor`: the topic is ours to create. Without both: it is someone else's. */
    readonly numPartitions?: number;
    readonly replicationFactor?: number;
    readonly contentMode: 'binary' | 'structured';
    readonly auth?: { readonly secret?: { readonly ref?: { readonly name?: string } } };
  };
}

/** A ConfigMap. */
export interface ConfigMap {
  readonly kind: 'ConfigMap';
  readonly metadata: ObjectMetadata;
  readonly data: Readonly<Record<string, string>>;
}

/** That a Secret exists, and in which version. Its content is not kept: only data-plane processes and Kafka clients read it. */
export interface SecretReference {
  readonly kind: 'Secret';
  readonly metadata: ObjectMetadata;
  /** The value of `ca.crt`, PEM, which is public; absent: it has none. */
  readonly caCertificate?: string;
}

/** A ServiceAccount: that it exists, and who controls it. */
export interface ServiceAccount {
  readonly kind: 'ServiceAccount';
  readonly metadata: ObjectMetadata;
}

/** Who may send to what (security 4.1). Resolved and judged by Knative Eventing, or here where nobody else does. */
export interface EventPolicy {
  readonly kind: 'EventPolicy';
  readonly metadata: ObjectMetadata;
  /** Whether it can be applied as it is written; one that cannot admits nobody, whatever its status says. */
  readonly isSound: boolean;
  readonly spec: {
    /** Who may send; none: nobody. */
    readonly from: readonly {
      readonly ref?: {
        readonly apiVersion?: string;
        readonly kind?: string;
        readonly name?: string;
        /** Absent: that of the policy. */
        readonly namespace?: string;
      };
      readonly sub?: string;
    }[];
    /** None: every addressable object of the namespace. */
    readonly to: readonly {
      readonly ref?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
      readonly selector?: {
        readonly apiVersion?: string;
        readonly kind?: string;
        readonly matchLabels?: Readonly<Record<string, string>>;
        readonly matchExpressions?: readonly {
          readonly key: string;
          readonly operator: string;
          readonly values?: readonly string[];
        }[];
      };
    }[];
    readonly filters: readonly FilterSpec[];
  };
  readonly status: {
    /** Subjects; one that ends in `*` is a prefix. */
    readonly from: readonly string[];
    /** As its status says it of its present generation. */
    readonly ready: boolean;
    /** 0: it has no status. */
    readonly observedGeneration: number;
    readonly conditions: readonly Condition[];
  };
}

/** An object of any other kind that a destination or a dependency names: its duck type, and nothing else. */
export interface ForeignObject {
  readonly kind: 'ForeignObject';
  readonly metadata: ObjectMetadata;
  /** Of `metadata.name` in {@link foreignKey}'s words: what the object itself is. */
  readonly apiVersion: string;
  readonly objectKind: string;
  readonly objectName: string;
  /** `status.address`, then `status.addresses`; none: it has no address yet, or never will. */
  readonly addresses: readonly {
    readonly name?: string;
    readonly url: string;
    readonly CACerts?: string;
    readonly audience?: string;
  }[];
  /** Accounts under which it sends events: `status.auth`. */
  readonly serviceAccounts: readonly string[];
  /** Its `Ready` condition, of its present generation; absent: it has none. */
  readonly ready?: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string };
}

/** A Kubernetes Service: that it exists. */
export interface Service {
  readonly kind: 'Service';
  readonly metadata: ObjectMetadata;
}

/** The object type of each kind. */
export interface ResourceByKind {
  readonly Broker: Broker;
  readonly Trigger: Trigger;
  readonly KafkaSink: KafkaSink;
  readonly ConfigMap: ConfigMap;
  readonly Secret: SecretReference;
  readonly EventPolicy: EventPolicy;
  readonly Service: Service;
  readonly ServiceAccount: ServiceAccount;
  readonly ForeignObject: ForeignObject;
}

/** Any object that we read. */
export type ManifestResource = ResourceByKind[ResourceKind];

/** Objects that are reconciled. */
export type ServedResource = Broker | Trigger | KafkaSink;

/** The key of an object. */
export function keyOf(resource: ManifestResource): ResourceKey {
  return { kind: resource.kind, namespace: resource.metadata.namespace, name: resource.metadata.name };
}
