import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/**
 * A small set of measures of this process under the names that Prometheus' own client libraries use, so that existing dashboards read them. Values
 * are taken when somebody asks; those of the event loop are over the time since the last question.
 */
export function startProcessMetrics(meter: Meter): Disposable {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let utilizationBefore = performance.eventLoopUtilization();

  const cpu = meter.createObservableCounter('process.cpu', {
    unit: 's',
    description: 'User and system CPU time spent.',
  });
  const memory = meter.createObservableGauge('process.resident_memory', {
    unit: 'By',
    description: 'Resident memory size.',
  });
  const heap = meter.createObservableGauge('nodejs.heap_size_used', { unit: 'By', description: 'Heap of V8 in use.' });
  const external = meter.createObservableGauge('nodejs.external_memory', {
    unit: 'By',
    description: 'Memory outside the heap of V8: buffers and addons.',
  });
  const start = meter.createObservableGauge('process.start_time', {
    unit: 's',
    description: 'Start of the process since 1970.',
  });
  const lag99 = meter.createObservableGauge('nodejs.eventloop_lag_p99', {
    unit: 's',
    description: '99th percentile of how much later than due timers ran.',
  });
  const lagMax = meter.createObservableGauge('nodejs.eventloop_lag_max', {
    unit: 's',
    description: 'How much later than due timers ran at worst.',
  });
  const utilization = meter.createObservableGauge('nodejs.eventloop_utilization', {
    description: 'Share of time the event loop was busy, 0 to 1.',
  });
  const observed = [cpu, memory, heap, external, start, lag99, lagMax, utilization];
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const usedCpu = process.cpuUsage();
    const usedMemory = process.memoryUsage();
    result.observe(cpu, (usedCpu.user + usedCpu.system) / 1e6);
    result.observe(memory, usedMemory.rss);
    result.observe(heap, usedMemory.heapUsed);
    result.observe(external, usedMemory.external);
    result.observe(start, performance.timeOrigin / 1000);
    const any = delay.count > 0;
    result.observe(lag99, any ? delay.percentile(99) / 1e9 : 0);
    result.observe(lagMax, any ? delay.max / 1e9 : 0);
    delay.reset();
    const utilizationNow = performance.eventLoopUtilization();
    result.observe(utilization, performance.eventLoopUtilization(utilizationNow, utilizationBefore).utilization);
    utilizationBefore = utilizationNow;
  };
  meter.addBatchObservableCallback(observe, observed);
  return {
    [Symbol.dispose]: () => {
      meter.removeBatchObservableCallback(observe, observed);
      delay.disable();
    },
  };
}
