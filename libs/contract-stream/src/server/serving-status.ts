import { compareRevisions, type RefusedPart, type Revision } from '@eventing-kafka/contract';
import type { PendingProcess, ServingStatus } from '../server-api.ts';

/** What a process has answered. */
export interface ProcessAnswers {
  readonly nodeId: string;
  readonly acknowledged: Revision | undefined;
  /** The refused parts of a resource. */
  refusedPartsOf(resourceUid: string): readonly RefusedPart[];
  /** A push refused as a whole, after the acknowledged one. */
  readonly refusedPush: { readonly revision: Revision; readonly reason: string; readonly message: string } | undefined;
}

/** A process whose answers count. */
export interface Participant extends ProcessAnswers {
  readonly isConnected: boolean;
  /** Whether others must wait for its acknowledgement: it serves, or may begin to serve, without it. */
  readonly isAwaited: boolean;
}

/**
 * Whether all `processes` serve a part that last changed in `changedIn`. Refusals come before what is pending: they will not go
 * away by waiting. The refusal of a resource's own part is one of its egresses too.
 */
export function decideServingStatus(
  processes: readonly Participant[],
  resourceUid: string,
  egressUid: string | undefined,
  changedIn: Revision | undefined,
): ServingStatus {
  const refusals: { nodeId: string; reason: string; message: string }[] = [];
  const awaited: PendingProcess[] = [];
  const notAwaited: PendingProcess[] = [];
  let serving = 0;
  for (const process of processes) {
    const { nodeId, acknowledged, refusedPush } = process;
    if (changedIn !== undefined && acknowledged !== undefined && compareRevisions(acknowledged, changedIn) >= 0) {
      const refused = process
        .refusedPartsOf(resourceUid)
        .filter((part) => part.egressUid === '' || part.egressUid === egressUid);
      refusals.push(...refused.map(({ reason, message }) => ({ nodeId, reason, message })));
      serving += 1;
    } else if (changedIn !== undefined && refusedPush !== undefined && isRefusedWith(refusedPush, changedIn)) {
      refusals.push({ nodeId, reason: refusedPush.reason, message: refusedPush.message });
    } else {
      const why = process.isConnected ? 'not-acknowledged' : 'not-connected';
      (process.isAwaited ? awaited : notAwaited).push({ nodeId, why });
    }
  }
  if (refusals.length > 0) return { kind: 'refused', refusals };
  if (awaited.length > 0) return pending(awaited);
  if (serving > 0) return { kind: 'serving', processes: serving };
  return notAwaited.length > 0 ? pending(notAwaited) : { kind: 'no-process' };
}

function pending(waiting: readonly PendingProcess[]): ServingStatus {
  return { kind: 'pending', nodeIds: waiting.map(({ nodeId }) => nodeId), waiting };
}

/** Whether what changed in `changedIn` was in the refused push, or is refused as that was: an old epoch stays one. */
function isRefusedWith({ revision, reason }: NonNullable<ProcessAnswers['refusedPush']>, changedIn: Revision): boolean {
  if (reason === 'OldEpoch') return revision.epoch >= changedIn.epoch;
  return compareRevisions(revision, changedIn) >= 0;
}
