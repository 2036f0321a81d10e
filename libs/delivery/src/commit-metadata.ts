import { decodeCompletions, encodeCompletions, type OffsetRange } from './sparse-completions.ts';

/** What a commit says beside its offset. */
export interface CommitNote {
  /** Id of the topic the offset belongs to: one of the same name that was made later has another. Undefined: not known. */
  readonly topicId: string | undefined;
  /** Completed ranges above the offset, ascending. */
  readonly completions: readonly OffsetRange[];
}

const writer = 'ek2';
/** Of before topic ids travelled. */
const formerWriter = 'ek1';
const topicIdText = /^[A-Za-z0-9_-]*$/;

/**
 * The metadata of a commit: `ek2:<offset, base 36>:<topic id>:<completions>`, the last two possibly empty. The offset is repeated because
 * a tool that moves the group may keep the metadata, and completions read against the wrong offset would skip events. Without a topic id,
 * and with no completions, it is the empty text.
 *
 * Completions that do not fit `maxLength` characters are left out from the end: their events are delivered again after a crash.
 *
 * @param ranges ascending, not touching, all above `offset`
 */
export function encodeCommitMetadata(
  offset: number,
  topicId: string | undefined,
  ranges: Iterable<OffsetRange>,
  maxLength: number,
): string {
  const head = `${writer}:${offset.toString(36)}:${topicId ?? ''}:`;
  const completions = encodeCompletions(offset, ranges, maxLength - head.length);
  if (completions === '' && topicId === undefined) return '';
  const text = head + completions;
  return text.length > maxLength ? '' : text;
}

/**
 * What {@link encodeCommitMetadata} wrote for this offset, also in its former form without topic. Undefined for anything else: no
 * metadata, that of another program, of another offset, or damaged.
 */
export function decodeCommitMetadata(offset: number, metadata: string): CommitNote | undefined {
  const parts = metadata.split(':');
  const [program, at] = parts;
  if (at !== offset.toString(36)) return undefined;
  const [topicId, text] = program === writer ? [parts[2], parts[3]] : program === formerWriter ? ['', parts[2]] : [];
  if (topicId === undefined || text === undefined || !topicIdText.test(topicId)) return undefined;
  const completions = decodeCompletions(offset, text);
  return completions === undefined ? undefined : { topicId: topicId === '' ? undefined : topicId, completions };
}
