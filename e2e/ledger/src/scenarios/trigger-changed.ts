import { ledgerTrigger } from '../egresses.ts';
import { type EgressSetup, type Scenario, type Stage, usualBars } from '../scenario.ts';

/** Wants lanes `a` and `both`, later `b` and `both`: only `both` is wanted all the time, and `none` never. */
const refiltered: EgressSetup = {
  name: 'refiltered',
  order: 'ordered',
  expects: ({ lane }) => (lane === 'both' ? 'wanted' : lane === 'none' ? 'unwanted' : 'either'),
  trigger: (stage) => withLane(stage, 'a'),
};

/** Is moved to another destination and back, in order all the time. */
const moved: EgressSetup = {
  name: 'moved',
  order: 'ordered',
  expects: () => 'wanted',
  trigger: (stage) => ledgerTrigger(stage, 'moved', { order: 'ordered' }),
};

/** Changes its order, so that none is promised. */
const reordered: EgressSetup = {
  name: 'reordered',
  order: 'unordered',
  expects: () => 'wanted',
  trigger: (stage) => ledgerTrigger(stage, 'reordered', { order: 'unordered' }),
};

/** Triggers change under load: filter, destination, order; another one is removed and comes back. */
export function triggerChanged(): Scenario {
  let backAtMs = Infinity;
  /** What is sent while its Trigger is away may come or not; it is owed what is sent once it is Ready again. */
  const removed: EgressSetup = {
    name: 'removed',
    order: 'key',
    expects: ({ firstSentAtMs }) => (firstSentAtMs > backAtMs ? 'wanted' : 'either'),
    trigger: (stage) => ledgerTrigger(stage, 'removed', { order: 'key' }),
  };
  return {
    name: 'trigger-changed',
    bars: usualBars,
    inShortSet: true,
    egresses: () => [refiltered, moved, reordered, removed],
    async run(stage) {
      const { fault, random, short } = stage;
      const pause = (): Promise<void> => stage.goOn(random.between(0, short ? 0.5 : 3));
      for (let round = 0; round < (short ? 1 : 4); round += 1) {
        fault('another filter');
        await stage.apply(refiltered, withLane(stage, round % 2 === 0 ? 'b' : 'a'));
        await pause();
        fault('another destination');
        await stage.apply(moved, ledgerTrigger(stage, 'moved', { order: 'ordered', place: String(round + 2) }));
        await pause();
        for (const order of ['ordered', 'key', 'unordered'] as const) {
          fault(`another order: ${order}`);
          await stage.apply(reordered, ledgerTrigger(stage, 'reordered', { order }));
          await pause();
        }
        fault('a Trigger is removed');
        await stage.remove(removed);
        await pause();
        fault('it is back');
        await stage.apply(removed);
        backAtMs = performance.now();
        await pause();
      }
    },
  };
}

function withLane(stage: Stage, lane: 'a' | 'b'): object {
  return ledgerTrigger(stage, 'refiltered', {
    order: 'ordered',
    spec: { filters: [{ any: [{ exact: { lane } }, { exact: { lane: 'both' } }] }] },
  });
}
