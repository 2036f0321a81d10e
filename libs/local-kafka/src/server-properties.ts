/** What decides a server's properties. */
export interface ServerSettings {
  /** Listener of clients. */
  readonly port: number;
  /** Listener of the controller, used by the server itself. */
  readonly controllerPort: number;
  readonly logDirectory: string;
  /** Further listeners of clients: name, protocol, port. */
  readonly listeners?: readonly (readonly [name: string, protocol: string, port: number])[];
  readonly overrides: Readonly<Record<string, string>>;
}

/**
 * The `server.properties` of a single process that is broker and controller: internal topics have one replica, groups form
 * at once, and a topic that nobody created is an error rather than a surprise.
 */
export function buildServerProperties(settings: ServerSettings): string {
  const clients = [['CLIENTS', 'PLAINTEXT', settings.port] as const, ...(settings.listeners ?? [])];
  const addresses = clients.map(([name, , port]) => `${name}://127.0.0.1:${port}`);
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${settings.controllerPort}`,
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${settings.controllerPort}`].join(','),
    'advertised.listeners': addresses.join(','),
    'listener.security.protocol.map': [
      ...clients.map(([name, protocol]) => `${name}:${protocol}`),
      'CONTROLLER:PLAINTEXT',
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'log.dirs': settings.logDirectory,
    'num.partitions': '1',
    'auto.create.topics.enable': 'false',
    'delete.topic.enable': 'true',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '10',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A broker that was killed may come back only when the controller has given up the one before.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'log.segment.bytes': String(64 * 1024 * 1024),
    // The cleaner's buffer alone would be 128 MiB.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    'controlled.shutdown.enable': 'true',
    ...settings.overrides,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escapeValue(value)}\n`)
    .join('');
}

/** A backslash or a line end would change what a Java properties file says. */
function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
