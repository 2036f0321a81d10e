/** A bearer token of SASL mechanism OAUTHBEARER. */
export interface OAuthToken {
  readonly value: string;
  /** When brokers stop taking it, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/**
 * Where tokens come from. It is asked when a client starts, at 80 % of what a token has left, and for every new connection of the
 * driver in JavaScript, so it should keep a token while that is good, and answer or reject within seconds.
 */
export interface OAuthTokenProvider {
  /** Says whose tokens these are, without a secret in it: clients with equal settings and equal keys are one. */
  readonly key: string;
  /** A token that is good now. */
  readonly token: () => Promise<OAuthToken>;
}

/** How to prove who we are. Secrets never show in messages or logs. */
export interface KafkaSecurity {
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Of the SASL protocols. Default PLAIN. */
  readonly mechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  /** Of all mechanisms but OAUTHBEARER. */
  readonly user?: string;
  readonly password?: string;
  /** Of OAUTHBEARER. */
  readonly tokenProvider?: OAuthTokenProvider;
  /** Certificates to trust, PEM. Without: those of the platform. */
  readonly caPem?: string;
  /** Our certificate chain and its key, PEM: both or neither. */
  readonly certPem?: string;
  readonly keyPem?: string;
}

/** A Kafka cluster and how to speak to it. */
export interface KafkaCluster {
  /** `host:port,host:port`. Compared as text. */
  readonly bootstrapServers: string;
  readonly security?: KafkaSecurity;
  /** Properties passed through to the client, in the Java client's names or librdkafka's. Those this library owns are refused. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}
