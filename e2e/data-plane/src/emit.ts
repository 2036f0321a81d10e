import { type CloudEvent, emitterFor, HTTP, type Message, Mode } from 'cloudevents';

/** Content modes of the HTTP binding. */
export type ContentMode = 'binary' | 'structured';

/**
 * Posts events with the official SDK, eight at a time, each tried until it got its 202.
 *
 * @param afterEach called after each accepted event with the number accepted so far
 */
export async function emitAll(
  events: readonly CloudEvent<unknown>[],
  {
    url,
    mode,
    afterEach = () => undefined,
  }: { url: string; mode: ContentMode; afterEach?: (accepted: number) => void },
): Promise<void> {
  const post = async (message: Message): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: message.headers as Record<string, string>,
      body: message.body as string,
      signal: AbortSignal.timeout(30_000),
    });
    const body = await response.text();
    if (response.status !== 202) throw new Error(`${url} answered ${response.status}: ${body}`);
  };
  const emit = emitterFor((message) => post(message), {
    binding: HTTP,
    mode: mode === 'binary' ? Mode.BINARY : Mode.STRUCTURED,
  });
  const waiting = events.values();
  let accepted = 0;
  const worker = async (): Promise<void> => {
    for (const event of waiting) {
      await emit(event);
      accepted += 1;
      afterEach(accepted);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
