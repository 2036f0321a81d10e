import type { Meter } from '@opentelemetry/api';
import { attributeNames } from './attribute-names.ts';
import { gauges } from './metric-definitions.ts';

/** What of a contract subscription is told: the revision in use, if any, whether its source is there, and what of it is not served. */
export interface ObservedContract {
  readonly revision: { readonly epoch: bigint; readonly generation: bigint } | undefined;
  readonly connected: boolean;
  readonly refusedParts: readonly unknown[];
}

/**
 * Tells on `/metrics` which contract a process runs, how much of it is refused, and whether its source is there (a controller, or a file), for as long as the metrics are served.
 * Values are taken when somebody asks.
 *
 * @param kind `receiver` or `dispatcher`; a process may be both
 */
export function observeContract(meter: Meter, kind: string, contract: ObservedContract): void {
  const generation = meter.createObservableGauge(gauges.contractGeneration.name, gauges.contractGeneration);
  const connected = meter.createObservableGauge(gauges.contractConnected.name, gauges.contractConnected);
  const refused = meter.createObservableGauge(gauges.contractRefused.name, gauges.contractRefused);
  const attributes = { [attributeNames.processKind]: kind };
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(generation, Number(contract.revision?.generation ?? 0n), attributes);
      result.observe(connected, contract.connected ? 1 : 0, attributes);
      result.observe(refused, contract.refusedParts.length, attributes);
    },
    [generation, connected, refused],
  );
}
