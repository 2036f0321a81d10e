import { isDeepStrictEqual } from 'node:util';
import type { ExpectedProcess } from '../server-api.ts';
import type { DataPlaneScope } from '../data-plane-scope.ts';
import type { Participant, ProcessAnswers } from './serving-status.ts';

/** A process with a stream, as the roster looks at it. */
export interface StreamingProcess extends ProcessAnswers, DataPlaneScope {
  /** Whether it came with something to serve, from an earlier stream or from its disk. */
  readonly cameWithContract: boolean;
}

/** The processes that should be there, and what follows for those that are. */
export class Roster {
  #expected: ReadonlyMap<string, ExpectedProcess> | undefined;

  /** Replaces what was expected; true when that makes a difference. */
  expect(processes: readonly ExpectedProcess[] | undefined): boolean {
    const expected = processes && new Map(processes.map((process) => [processKey(process), process]));
    if (isDeepStrictEqual(expected, this.#expected)) return false;
    this.#expected = expected;
    return true;
  }

  /** Expected, but without a stream. */
  absent(streaming: Iterable<StreamingProcess>): readonly ExpectedProcess[] {
    const present = new Set([...streaming].map(processKey));
    return [...(this.#expected ?? [])].filter(([key]) => !present.has(key)).map(([, process]) => process);
  }

  /**
   * Whose answers count.
   *
   * A process with a stream is waited for, unless it is expected, not ready, and has nothing to serve: its readiness waits for
   * its first contract, and the first that it gets is the present one or a later one. So it cannot become ready without having
   * acknowledged the present revision, and a pod that starts does not make unready what others serve.
   *
   * A ready process without a stream is waited for: it serves what it had, and nobody knows what that is. One that is not ready is not:
   * nothing is sent to it.
   *
   * @param departed gave up this controller and are about to come back; of no interest when they are no longer expected
   */
  participants(
    streaming: Iterable<StreamingProcess>,
    departed: Iterable<StreamingProcess>,
  ): readonly (Participant & DataPlaneScope)[] {
    const connected = [...streaming];
    const gone = [...departed].filter((process) => this.#expected === undefined || this.#find(process) !== undefined);
    const missing = this.absent([...connected, ...gone]).filter(({ ready }) => ready);
    return [
      ...connected.map((process) => participant(process, true, this.#isAwaited(process))),
      ...gone.map((process) => participant(process, false, true)),
      ...missing.map(({ nodeId, kind, namespace, resourceKinds }) =>
        participant({ ...nothingAnswered, nodeId, kind, namespace, resourceKinds }, false, true),
      ),
    ];
  }

  #isAwaited(process: StreamingProcess): boolean {
    return this.#find(process)?.ready !== false || process.acknowledged !== undefined || process.cameWithContract;
  }

  #find(process: StreamingProcess): ExpectedProcess | undefined {
    return this.#expected?.get(processKey(process));
  }
}

/**
 * Names a process among those of all kinds and data planes. Whoever may make Pods in a namespace chooses their names: one that is named as
 * a Pod of another data plane must neither count as that one nor take its stream over.
 */
export function processKey({ kind, namespace, nodeId }: ProcessName): string {
  return `${kind}/${namespace}/${nodeId}`;
}

type ProcessName = Pick<ExpectedProcess, 'kind' | 'namespace' | 'nodeId'>;

const nothingAnswered = {
  acknowledged: undefined,
  refusedPush: undefined,
  refusedPartsOf: () => [],
} as const;

function participant(
  process: ProcessAnswers & DataPlaneScope,
  isConnected: boolean,
  isAwaited: boolean,
): Participant & DataPlaneScope {
  const { nodeId, kind, namespace, resourceKinds, acknowledged, refusedPush } = process;
  return {
    nodeId,
    kind,
    namespace,
    resourceKinds,
    acknowledged,
    refusedPush,
    refusedPartsOf: (resourceUid) => process.refusedPartsOf(resourceUid),
    isConnected,
    isAwaited,
  };
}
