/** What became of one post: an answer with its status, no answer and why, or nothing because the signal gave up first. */
export type PostOutcome =
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'answered'; readonly statusCode: number; readonly text: string }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Posts an event in binary mode; `signal` gives up. */
export async function postEvent(brokerUrl: string, id: string, signal: AbortSignal): Promise<PostOutcome> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': '/eventing-kafka/smoke-test',
    'ce-type': 'eventing-kafka.smoke-test',
    'content-type': 'application/json',
  };
  try {
    const answer = await fetch(brokerUrl, { method: 'POST', headers, body: '{}', redirect: 'manual', signal });
    // An answer explains itself at its beginning, or not at all.
    return { kind: 'answered', statusCode: answer.status, text: (await answer.text()).slice(0, 200).trim() };
  } catch (error) {
    if (signal.aborted) return { kind: 'withdrawn' };
    return { kind: 'unreachable', why: innermostMessage(error) };
  }
}

/** Whether a Broker has the event: any success, as receivers answer 202. */
export function isAccepted(outcome: PostOutcome): boolean {
  return outcome.kind === 'answered' && outcome.statusCode >= 200 && outcome.statusCode < 300;
}

/** `fetch` says only that it failed; what happened is the cause. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermostMessage(error.cause);
}
