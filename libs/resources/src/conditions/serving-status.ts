/** What the data plane said about a part of the contract. */
export type ServingStatus =
  | { readonly kind: 'serving'; readonly processes: number }
  | { readonly kind: 'no-process' }
  | { readonly kind: 'pending'; readonly nodeIds: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly refusals: readonly { readonly nodeId: string; readonly reason: string; readonly message: string }[];
    };

/** What came of putting a part into the contract. */
export type PublishOutcome =
  { readonly kind: 'published' } | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

/** Names of processes for a sentence; the first few of many. */
export function processNames(nodeIds: readonly string[]): string {
  const shown = nodeIds.slice(0, 5).join(', ');
  return nodeIds.length > 5 ? `${shown} and ${nodeIds.length - 5} more` : shown;
}

/** What refused processes said, in one sentence. */
export function refusalMessage(refusals: readonly { readonly nodeId: string; readonly message: string }[]): string {
  const shown = refusals.slice(0, 3).map((refusal) => `${refusal.nodeId}: ${refusal.message}`);
  return `${shown.join('; ')}${refusals.length > 3 ? `; and ${refusals.length - 3} more` : ''}`;
}
