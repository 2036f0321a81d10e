const seconds = /^\d+$/;
/** The three date forms of RFC 9110, 5.6.7: IMF-fixdate, RFC 850 and asctime. */
const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Milliseconds a `Retry-After` header asks to wait (RFC 9110, 10.2.3): seconds, or an HTTP date, of which a past one is 0.
 * `undefined` for anything else.
 */
export function parseRetryAfterMs(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (seconds.test(text)) return Number(text) * 1000;
  const date =
    imfFixdate.test(text) || rfc850Date.test(text) ? text : asctimeDate.test(text) ? `${text} GMT` : undefined;
  if (date === undefined) return undefined;
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
