/** What bounds the two ends. Both must agree on `maxMessageBytes`; the rest is each end's own. */
export const limits = {
  /** No message is larger; security.md 6.2. */
  maxMessageBytes: 16 * 1024 * 1024,
  /** A part of a snapshot is cut here: small enough that encoding or decoding one holds up nothing else for long. */
  snapshotPartBytes: 1024 * 1024,
  /** A delta larger than this is sent as a snapshot, which can be cut. */
  maxDeltaBytes: 4 * 1024 * 1024,
  /** The largest egress, or resource without its egresses: it must fit a message with room to spare. */
  maxPieceBytes: 8 * 1024 * 1024,
  /** Refused parts in one acknowledgement. */
  refusedPartsPerMessage: 5_000,
  /** Characters of a reason and of texts for a person; longer ones are cut. */
  reasonCharacters: 64,
  textCharacters: 512,
  /** Egress states in one report, and the least time between two reports of a process. */
  statesPerReport: 1_000,
  reportIntervalMs: 100,
  /** Streams at a server, and connections: those on which no stream is open yet, or no longer, are some more. */
  maxProcesses: 2_000,
  maxConnections: 3_000,
  /** A stream that does not say who it is by then is ended; a server that does not answer by then is given up. */
  helloTimeoutMs: 10_000,
  /** Reviews of tokens: so many at a time; one that has to wait for its turn, or takes, longer than that fails. */
  reviews: { concurrent: 16, queueMs: 3_000, timeoutMs: 5_000 },
  /** Kinds of resources that a process may say it serves, and the characters of one. */
  resourceKinds: 32,
  resourceKindCharacters: 63,
  /** Unless the options say otherwise; a dead peer is found out within the sum of the two. */
  keepalive: { timeMs: 20_000, timeoutMs: 10_000 },
  /** How long a process that refused a push as a whole is known for it after it left: longer than it takes to come back. */
  refusalMemoryMs: 30_000,
  /** What disposing a server waits for streams to end by themselves. */
  shutdownMs: 2_000,
  /** What a subscriber that refused a push waits for its answer to reach the server. */
  partingMs: 500,
} as const;

/** How a dead peer is found out: it is pinged every `timeMs`, and given up when it does not answer for `timeoutMs`. */
export interface Keepalive {
  readonly timeMs: number;
  readonly timeoutMs: number;
}

/** Channel options of both ends. */
export function channelOptions(keepalive: Keepalive = limits.keepalive): Readonly<Record<string, number>> {
  return {
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_send_message_length': limits.maxMessageBytes,
    'grpc.keepalive_time_ms': keepalive.timeMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
  };
}
