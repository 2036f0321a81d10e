/** Between the messages of the push service and the types of the contract library. */
import type {
  BreakerState,
  ContractDelta,
  ContractState,
  EgressRuntimeState,
  RefusedPart as Refused,
  Revision as ContractRevision,
} from '@eventing-kafka/contract';
import {
  BreakerState as WireBreaker,
  EgressPhase,
  ProcessKind as WireKind,
  type Delta,
  type EgressState,
  type RefusedPart,
  type Snapshot,
} from './generated/eventing_kafka/push/v1/push.ts';
import { limits } from './limits.ts';
import type { ProcessKind } from './server-api.ts';

const wireKinds = { receiver: WireKind.PROCESS_KIND_RECEIVER, dispatcher: WireKind.PROCESS_KIND_DISPATCHER } as const;

const wirePhases = {
  idle: EgressPhase.EGRESS_PHASE_IDLE,
  delivering: EgressPhase.EGRESS_PHASE_DELIVERING,
  paused: EgressPhase.EGRESS_PHASE_PAUSED,
  blocked: EgressPhase.EGRESS_PHASE_BLOCKED,
} as const;

const wireBreakers = {
  closed: WireBreaker.BREAKER_STATE_CLOSED,
  open: WireBreaker.BREAKER_STATE_OPEN,
  'half-open': WireBreaker.BREAKER_STATE_HALF_OPEN,
} as const;

export function toWireKind(kind: ProcessKind): WireKind {
  return wireKinds[kind];
}

/** Absent for a kind this version does not know. */
export function fromWireKind(kind: WireKind): ProcessKind | undefined {
  return kind === wireKinds.receiver ? 'receiver' : kind === wireKinds.dispatcher ? 'dispatcher' : undefined;
}

export function toWireDelta(delta: ContractDelta, base: ContractRevision): Delta {
  return {
    base,
    changes: delta.changes.map((change) => ({
      uid: change.uid,
      resource: change.resource,
      upsertedEgresses: [...change.upsertedEgresses],
      removedEgressUids: [...change.removedEgressUids],
    })),
    removedResourceUids: [...delta.removedResourceUids],
    trustBundles: delta.trustBundles === undefined ? undefined : { pem: [...delta.trustBundles] },
  };
}

export function fromWireDelta(delta: Delta): ContractDelta {
  const { changes, removedResourceUids, trustBundles } = delta;
  return { changes, removedResourceUids, ...(trustBundles === undefined ? {} : { trustBundles: trustBundles.pem }) };
}

/** A snapshot of one part; for benchmarks and tests. */
export function toWireSnapshot(state: ContractState): Snapshot {
  return { resources: [...state.resources.values()], trustBundles: [...state.trustBundles], moreFollows: false };
}

export function toWireRefusedPart(part: Refused): RefusedPart {
  const refusal = {
    reason: cut(part.reason, limits.reasonCharacters),
    message: cut(part.message, limits.textCharacters),
  };
  return { resourceUid: part.resourceUid, egressUid: part.egressUid, refusal };
}

export function fromWireRefusedPart(part: RefusedPart): Refused {
  const { reason = 'Refused', message = '' } = part.refusal ?? {};
  return {
    resourceUid: part.resourceUid,
    egressUid: part.egressUid,
    reason: cut(reason, limits.reasonCharacters),
    message: cut(message, limits.textCharacters),
  };
}

export function toWireEgressState(state: EgressRuntimeState): EgressState {
  return {
    resourceUid: state.resourceUid,
    egressUid: state.egressUid,
    phase: wirePhases[state.phase],
    lag: state.lag,
    lastDeliveryError: cut(state.lastDeliveryError ?? '', limits.textCharacters),
    partitions: [...state.partitions],
    lagMs: state.lagMs,
    inFlight: state.inFlight ?? 0,
    maxInFlight: state.maxInFlight ?? 0,
    breaker: state.breaker === undefined ? WireBreaker.BREAKER_STATE_UNSPECIFIED : wireBreakers[state.breaker],
    stalledPartitions: [...(state.stalledPartitions ?? [])],
  };
}

/** Absent for a phase this version does not know. */
export function fromWireEgressState(state: EgressState): EgressRuntimeState | undefined {
  const phase = phaseOf(state.phase);
  if (phase === undefined) return undefined;
  const breaker = breakerOf(state.breaker);
  return {
    resourceUid: state.resourceUid,
    egressUid: state.egressUid,
    phase,
    ...(state.lag === undefined ? {} : { lag: state.lag }),
    ...(state.lastDeliveryError === ''
      ? {}
      : { lastDeliveryError: cut(state.lastDeliveryError, limits.textCharacters) }),
    partitions: state.partitions,
    ...(state.lagMs === undefined ? {} : { lagMs: state.lagMs }),
    ...(state.inFlight === 0 ? {} : { inFlight: state.inFlight }),
    ...(state.maxInFlight === 0 ? {} : { maxInFlight: state.maxInFlight }),
    ...(breaker === undefined ? {} : { breaker }),
    ...(state.stalledPartitions.length === 0 ? {} : { stalledPartitions: state.stalledPartitions }),
  };
}

/** Absent for a state this version does not know. */
function breakerOf(breaker: WireBreaker): BreakerState | undefined {
  switch (breaker) {
    case WireBreaker.BREAKER_STATE_CLOSED:
      return 'closed';
    case WireBreaker.BREAKER_STATE_OPEN:
      return 'open';
    case WireBreaker.BREAKER_STATE_HALF_OPEN:
      return 'half-open';
    default:
      return undefined;
  }
}

function phaseOf(phase: EgressPhase): EgressRuntimeState['phase'] | undefined {
  switch (phase) {
    case EgressPhase.EGRESS_PHASE_IDLE:
      return 'idle';
    case EgressPhase.EGRESS_PHASE_DELIVERING:
      return 'delivering';
    case EgressPhase.EGRESS_PHASE_PAUSED:
      return 'paused';
    case EgressPhase.EGRESS_PHASE_BLOCKED:
      return 'blocked';
    default:
      return undefined;
  }
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
