/** How to prove who we are. Secrets never show in messages or logs. */
export interface KafkaSecurity {
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Of the SASL protocols. Default PLAIN. */
  readonly mechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly user?: string;
  readonly password?: string;
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
