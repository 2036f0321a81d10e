import type { HrTime } from '@opentelemetry/api';

/** Milliseconds since 1970 as OpenTelemetry's pair of seconds and nanoseconds. */
export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1_000_000)];
}
