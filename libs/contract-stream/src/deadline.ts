/**
 * What `work` comes to, unless `signal` aborts first: then rejects with its reason, whatever `work` does.
 */
export async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    // Whoever lost the race may still reject.
    work.catch(() => undefined);
  }
}
