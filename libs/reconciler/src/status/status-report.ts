import type { EgressRuntimeState } from '@eventing-kafka/contract';
import { processKey } from '@eventing-kafka/contract-stream';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import { apiVersions, compareKeys, keyText } from '@eventing-kafka/resources';
import type { ResourceSource } from '@eventing-kafka/resources';
import type { Entries } from '../entries.ts';
import type { EgressTrouble, ProcessReport, ReconcilerStatus, ResourceReport, Roster } from '../reconciler-types.ts';

/** What a report is made from. */
export interface StatusReportOptions {
  readonly source: Pick<ResourceSource, 'get' | 'problems'>;
  readonly contractServer: Pick<ContractServer, 'processes' | 'revision'>;
  readonly roster: Roster | undefined;
  readonly entries: Entries;
}

/** Everything that is known now. */
export function statusReport(options: StatusReportOptions): ReconcilerStatus {
  const { source, contractServer, entries } = options;
  const { revision } = contractServer;
  return {
    resources: [...entries.all()]
      .toSorted((a, b) => compareKeys(a.key, b.key))
      .flatMap(({ key, status }): ResourceReport[] => {
        const object = source.get(key.kind, key.namespace, key.name);
        if (object === undefined) return [];
        const { namespace, name, uid, generation } = object.metadata;
        return [
          {
            apiVersion: apiVersions[key.kind],
            kind: key.kind,
            metadata: { namespace, name, uid, generation },
            status: status ?? { observedGeneration: 0, conditions: [], annotations: {} },
          },
        ];
      }),
    problems: source.problems(),
    ...(revision === undefined
      ? {}
      : { contract: { epoch: String(revision.epoch), generation: Number(revision.generation) } }),
    processes: processReports({ ...options, nameOf: namesByUid(entries) }),
  };
}

/** What people call the objects of parts of the contract. */
function namesByUid(entries: Entries): (uid: string) => string | undefined {
  const names = new Map<string, string>();
  for (const { key, plan } of entries.all()) {
    const object = plan === undefined ? undefined : 'trigger' in plan ? plan.trigger : plan.object;
    if (object !== undefined) names.set(object.metadata.uid, keyText(key));
  }
  return (uid) => names.get(uid);
}

/** Processes that are connected, and those that should be. */
export function processReports({
  contractServer,
  roster,
  nameOf = () => undefined,
}: Pick<StatusReportOptions, 'contractServer' | 'roster'> & {
  readonly nameOf?: (uid: string) => string | undefined;
}): readonly ProcessReport[] {
  const current = contractServer.revision;
  const expected = new Map((roster?.expected() ?? []).map((each) => [processKey(each), each]));
  const connected = contractServer.processes().map((each): ProcessReport => {
    const { nodeId, kind, namespace, acknowledged, refusedParts } = each;
    const known = expected.get(processKey(each));
    expected.delete(processKey(each));
    return {
      nodeId,
      kind,
      namespace,
      connected: true,
      ...(roster === undefined ? {} : { expected: known !== undefined, ready: known?.ready ?? false }),
      ...(acknowledged === undefined ? {} : { acknowledged: `${acknowledged.epoch}.${acknowledged.generation}` }),
      ...(acknowledged === undefined || current?.epoch !== acknowledged.epoch
        ? {}
        : { lag: Number(current.generation - acknowledged.generation) }),
      refusals: refusedParts.map(({ resourceUid, egressUid, reason, message }) => {
        const object = nameOf(egressUid === '' ? resourceUid : egressUid);
        return {
          ...(object === undefined ? {} : { object }),
          resourceUid,
          ...(egressUid === '' ? {} : { egressUid }),
          reason,
          message,
        };
      }),
      troubles: each.egressStates.filter(isTroubled).map((state) => troubleOf(state, nameOf)),
    };
  });
  const absent = [...expected.values()].map(({ nodeId, kind, namespace, ready }): ProcessReport => {
    return { nodeId, kind, namespace, connected: false, expected: true, ready, refusals: [], troubles: [] };
  });
  return [...connected, ...absent];
}

function isTroubled({ phase, breaker = 'closed', stalledPartitions = [] }: EgressRuntimeState): boolean {
  return phase === 'paused' || phase === 'blocked' || breaker !== 'closed' || stalledPartitions.length > 0;
}

function troubleOf(state: EgressRuntimeState, nameOf: (uid: string) => string | undefined): EgressTrouble {
  const { egressUid, phase, breaker, lag, lastDeliveryError, stalledPartitions } = state;
  const object = nameOf(egressUid);
  return {
    ...(object === undefined ? {} : { object }),
    egressUid,
    phase,
    ...(breaker === undefined ? {} : { breaker }),
    ...(lag === undefined ? {} : { lag: Number(lag) }),
    ...(lastDeliveryError === undefined ? {} : { error: lastDeliveryError }),
    ...(stalledPartitions === undefined ? {} : { stalledPartitions }),
  };
}
