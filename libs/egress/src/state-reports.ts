import type { EgressRuntimeState } from '@eventing-kafka/contract';

/** An egress whose state is told. */
export interface ReportingEgress {
  state(): EgressRuntimeState;
}

/** What was told of an egress last. */
interface Told {
  readonly facts: string;
  readonly lag: bigint | undefined;
}

/** Lag alone changes with every event: it is told every so many rounds. */
const lagRounds = 5;

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
      const { lag, ...rest } = state;
      const facts = JSON.stringify(rest);
      const before = this.#told.get(state.egressUid);
      const isNews = before?.facts !== facts || (before.lag !== lag && this.#round % lagRounds === 0);
      if (isNews) news.push(state);
      told.set(state.egressUid, isNews ? { facts, lag } : before);
    }
    this.#told = told;
    if (news.length > 0) this.#onState(news);
  }
}
