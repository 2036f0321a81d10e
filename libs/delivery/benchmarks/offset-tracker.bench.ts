import { DispatchScheduler, OffsetTracker } from '../src/index.ts';

// Nanoseconds for one record through the tracker and the scheduler, as JSON lines, with the heap that remains.

const records = 2_000_000;

function bench(name: string, run: () => { readonly metadataLength?: number }): void {
  run();
  const start = process.hrtime.bigint();
  const result = run();
  const nanoseconds = Math.round(Number(process.hrtime.bigint() - start) / records);
  console.log(JSON.stringify({ bench: name, nanosecondsPerRecord: nanoseconds, ...result, node: process.version }));
}

bench('tracker, in order', () => {
  const tracker = new OffsetTracker({ start: 0 });
  for (let offset = 0; offset < records; offset++) {
    tracker.received(offset);
    tracker.completed(offset);
  }
  return {};
});

for (const inFlight of [50, 1000]) {
  bench(`tracker, ${inFlight} in flight, completed at random`, () => {
    const tracker = new OffsetTracker({ start: 0 });
    const open: number[] = [];
    let seed = 1;
    for (let offset = 0; offset < records; offset++) {
      tracker.received(offset);
      open.push(offset);
      if (open.length < inFlight) continue;
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const index = seed % open.length;
      tracker.completed(open[index] ?? 0);
      open[index] = open.at(-1) ?? 0;
      open.pop();
    }
    return { metadataLength: tracker.committable().metadata.length };
  });
}

bench('tracker, the first record stuck', () => {
  const tracker = new OffsetTracker({ start: 0 });
  tracker.received(0);
  for (let offset = 1; offset < records; offset++) {
    tracker.received(offset);
    tracker.completed(offset);
  }
  return { metadataLength: tracker.committable().metadata.length };
});

for (const order of ['unordered', 'ordered', 'key'] as const) {
  bench(`scheduler, ${order}, 10 partitions, 50 in flight`, () => {
    const scheduler = new DispatchScheduler<{ readonly partition: number; readonly key: string }>({
      order,
      maxInFlight: 50,
    });
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
    for (let offset = 0; offset < records; offset++) {
      scheduler.add({ partition: offset % 10, key: keys[offset % 1000] ?? '' });
      const record = scheduler.next();
      if (record !== undefined) scheduler.finish(record);
    }
    return {};
  });
}
