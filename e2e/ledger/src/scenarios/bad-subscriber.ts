import type { SentEvent } from '../entries.ts';
import { eachOrder } from '../egresses.ts';
import { type EgressSetup, type Scenario, type Stage, usualBars } from '../scenario.ts';
import { accept, type Behaviour, sometimesSlow } from '../subscribers.ts';

/** How a subscriber can be bad, by the name of its scenario. */
const badAnswers = {
  'answers-500': { kind: 'refuse', status: 500 },
  'answers-429': { kind: 'refuse', status: 429, headers: { 'retry-after': '1' } },
  hangs: { kind: 'hang' },
  'cuts-answers': { kind: 'cut' },
} as const satisfies Readonly<Record<string, Behaviour>>;

/** Of the requests; so that an event gets through within its eleven attempts as a rule, and runs out of them sometimes. */
const badShare = 0.6;

/** One kind of trouble for each, for a quarter of a minute. */
export const badSubscribers: readonly Scenario[] = Object.entries(badAnswers).map(([name, bad]) =>
  subscriberScenario(`subscriber-${name}`, false, (stage) => misbehave(stage, 15, [bad])),
);

/** All of them at once, and some events that are refused for good with 400. */
export const mixedSubscriber: Scenario = subscriberScenario('subscriber-mix', true, async (stage) => {
  await misbehave(stage, stage.short ? 4 : 20, Object.values(badAnswers));
});

/** One that hangs is given up soon, so that there are several attempts in the time of the scenario. */
function impatient(): readonly EgressSetup[] {
  return eachOrder({ timeout: 'PT2S' });
}

function subscriberScenario(name: string, inShortSet: boolean, run: Scenario['run']): Scenario {
  return { name, inShortSet, run, bars: { ...usualBars, deadLetters: true }, egresses: impatient };
}

async function misbehave(stage: Stage, seconds: number, bad: readonly Behaviour[]): Promise<void> {
  const { subscribers, ledger } = stage;
  await stage.away(`of ${badShare * 100} % of the requests the subscriber makes ${kinds(bad)}`, async () => {
    subscribers.behave(({ id, random }) => {
      if (bad.length > 1 && isRefusedForGood(ledger.sent.get(id))) return { kind: 'refuse', status: 400 };
      return random.next() < badShare ? random.pick(bad) : accept;
    });
    await stage.goOn(seconds);
    subscribers.behave(sometimesSlow);
  });
}

/** A twentieth of the events, at every attempt. 400 is not tried again, so these go to the dead letter sink. */
function isRefusedForGood(event: SentEvent | undefined): boolean {
  return event !== undefined && event.sequence % 20 === 7;
}

function kinds(bad: readonly Behaviour[]): string {
  return bad.map((behaviour) => (behaviour.kind === 'refuse' ? String(behaviour.status) : behaviour.kind)).join(', ');
}
