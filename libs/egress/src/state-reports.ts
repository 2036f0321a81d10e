import type { EgressRuntimeState } from '@eventing-kafka/contract';

/** An egress whose state is told. */
export interface ReportingEgress {
  state(): EgressRuntimeState;
}

/** What was told of an egress last. */
interface Told {
  readonly facts: string;
  readonly numbers: string;
}

/** What changes with every event is, by itself, told every so many rounds. */
const numberRounds = 5;

/** Tells the state of each egress when it changed, in rounds of a fixed interval. */
export class StateReports {
  readonly #egresses: () => Iterable<ReportingEgress>;
  readonly #onState: (states: readonly EgressRuntimeState[]) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #told: ReadonlyMap<string, Told> = new Map();
  #round = 0;

  constructor(
    egresses: () => Iterable<ReportingEgress>,
    intervalMs: number,
    onState: ((states: readonly EgressRuntimeState[]) => void) | undefined,
  ) {
    this.#egresses = egresses;
    this.#onState = onState ?? ((): void => undefined);
    this.#timer = setInterval(() => this.#tell(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    this.#round += 1;
    const told = new Map<string, Told>();
    const news: EgressRuntimeState[] = [];
    for (const egress of this.#egresses()) {
      const state = egress.state();
      const { lag, lagMs, inFlight, maxInFlight, ...rest } = state;
      const facts = JSON.stringify(rest);
      const numbers = [lag, lagMs, inFlight, maxInFlight].join();
      const before = this.#told.get(state.egressUid);
      const isNews = before?.facts !== facts || (before.numbers !== numbers && this.#round % numberRounds === 0);
      if (isNews) news.push(state);
      told.set(state.egressUid, isNews ? { facts, numbers } : before);
    }
    this.#told = told;
    if (news.length > 0) this.#onState(news);
  }
}
