import type { Attributes, Meter } from '@opentelemetry/api';
import { registryOf } from './series-registry.ts';

/**
 * Drops the series of all metrics that carry all of these attributes: `forgetSeries(meter, resourceAttributes(reference))` when a resource is gone
 * (receiver 14.1). A series somebody still holds may be recorded into without effect. Does nothing for the meter of another SDK, which cannot forget.
 */
export function forgetSeries(meter: Meter, attributes: Attributes): void {
  registryOf(meter)?.forget(attributes);
}
