import { eachOrder } from '../egresses.ts';
import { type Scenario, usualBars } from '../scenario.ts';
import type { Part, System } from '../system.ts';

/** Long enough for its group, its connections and its deliveries to be over when it wakes: it comes back as a zombie. */
const frozenSeconds = 30;

/** A dispatcher is cut off by SIGSTOP; its partitions go to the others, and then it comes back and believes that it still has them. */
export const frozenDispatcher: Scenario = frozenPart('frozen-dispatcher', ({ dispatchers }) => dispatchers);

/** A receiver is cut off by SIGSTOP with requests in it, which it finds when it wakes. */
export const frozenReceiver: Scenario = frozenPart('frozen-receiver', ({ receivers }) => receivers);

function frozenPart(name: string, partsOf: (system: System) => readonly Part[]): Scenario {
  return {
    name,
    bars: usualBars,
    inShortSet: false,
    egresses: eachOrder,
    async run({ system, random, fault, goOn }) {
      const victim = random.pick(partsOf(system));
      await goOn(random.between(0, 3));
      fault(`${victim.name} is frozen`);
      victim.freeze();
      await goOn(frozenSeconds);
      fault(`${victim.name} wakes`);
      victim.thaw();
      await goOn(10);
    },
  };
}
