import { processKey } from '@eventing-kafka/contract-stream';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import type { Roster } from '../reconciler-types.ts';

/** Finds out how much of what is said of objects may be another since it was looked at last. */
export class DataPlaneWatch {
  readonly #contractServer: Pick<ContractServer, 'processes'>;
  readonly #roster: Roster | undefined;
  #seen = '';

  constructor(contractServer: Pick<ContractServer, 'processes'>, roster: Roster | undefined) {
    this.#contractServer = contractServer;
    this.#roster = roster;
  }

  /** Whether processes came, went or refuse other things than before. Otherwise only what is waited for can be another. */
  isOther(): boolean {
    const processes = this.#contractServer
      .processes()
      .map((each) => [each.kind, each.nodeId, each.namespace, each.acknowledged === undefined, each.refusedParts]);
    const now = JSON.stringify([processes, this.#roster?.expected()]);
    if (now === this.#seen) return false;
    this.#seen = now;
    return true;
  }

  /** Whether somebody is connected and has not answered this controller yet. */
  isAnswering(): boolean {
    return this.#contractServer.processes().some(({ acknowledged }) => acknowledged === undefined);
  }

  /** Whether everybody who should be serving has answered this controller. False while nobody is expected. */
  hasAnswered(): boolean {
    const ready = (this.#roster?.expected() ?? []).filter((expected) => expected.ready);
    const answered = new Set(
      this.#contractServer.processes().flatMap((each) => (each.acknowledged === undefined ? [] : [processKey(each)])),
    );
    return ready.length > 0 && ready.every((each) => answered.has(processKey(each)));
  }
}
