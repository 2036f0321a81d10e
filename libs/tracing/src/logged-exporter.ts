import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '@eventing-kafka/logging';

/** How often, at most, failures of an export are logged, in milliseconds. */
const logIntervalMs = 60_000;

/** An exporter whose failures are told: spans that were lost are counted, and logged at most once a minute. */
export class LoggedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  readonly #now: () => number;
  #loggedAt = -Infinity;
  #lost = 0;

  constructor(exporter: SpanExporter, logger: Logger, now: () => number = () => performance.now()) {
    this.#exporter = exporter;
    this.#logger = logger;
    this.#now = now;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) this.#failed(spans.length, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #failed(spans: number, error: Error | undefined): void {
    this.#lost += spans;
    if (this.#now() - this.#loggedAt < logIntervalMs) return;
    this.#loggedAt = this.#now();
    this.#logger.warn('spans were lost: the collector of traces does not take them', { spans: this.#lost, error });
    this.#lost = 0;
  }
}
