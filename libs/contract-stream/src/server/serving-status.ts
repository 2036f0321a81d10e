import { compareRevisions, type RefusedPart, type Revision } from '@eventing-kafka/contract';
import type { ServingStatus } from '../server-api.ts';

/** What a connected process has answered. */
export interface ProcessAnswers {
  readonly nodeId: string;
  readonly acknowledged: Revision | undefined;
  /** The refused parts of a resource. */
  refusedPartsOf(resourceUid: string): readonly RefusedPart[];
  /** A push refused as a whole, after the acknowledged one. */
  readonly refusedPush: { readonly revision: Revision; readonly reason: string; readonly message: string } | undefined;
}

/**
 * Whether all `processes` serve a part that last changed in `changedIn`. Refusals come before what is pending: they will not go
 * away by waiting. The refusal of a resource's own part is one of its egresses too.
 */
export function decideServingStatus(
  processes: readonly ProcessAnswers[],
  resourceUid: string,
  egressUid: string | undefined,
  changedIn: Revision | undefined,
): ServingStatus {
  if (processes.length === 0) return { kind: 'no-process' };
  if (changedIn === undefined) return { kind: 'pending', nodeIds: processes.map(({ nodeId }) => nodeId) };
  const refusals: { nodeId: string; reason: string; message: string }[] = [];
  const pending: string[] = [];
  for (const process of processes) {
    const { nodeId, acknowledged, refusedPush } = process;
    if (acknowledged !== undefined && compareRevisions(acknowledged, changedIn) >= 0) {
      const refused = process
        .refusedPartsOf(resourceUid)
        .filter((part) => part.egressUid === '' || part.egressUid === egressUid);
      refusals.push(...refused.map(({ reason, message }) => ({ nodeId, reason, message })));
    } else if (refusedPush !== undefined && isRefusedWith(refusedPush, changedIn)) {
      refusals.push({ nodeId, reason: refusedPush.reason, message: refusedPush.message });
    } else {
      pending.push(nodeId);
    }
  }
  if (refusals.length > 0) return { kind: 'refused', refusals };
  if (pending.length > 0) return { kind: 'pending', nodeIds: pending };
  return { kind: 'serving', processes: processes.length };
}

/** Whether what changed in `changedIn` was in the refused push, or is refused as that was: an old epoch stays one. */
function isRefusedWith({ revision, reason }: NonNullable<ProcessAnswers['refusedPush']>, changedIn: Revision): boolean {
  if (reason === 'OldEpoch') return revision.epoch >= changedIn.epoch;
  return compareRevisions(revision, changedIn) >= 0;
}
