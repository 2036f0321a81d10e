import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../kubernetes-objects.ts';

/** What is known of a Pod's containers. */
export interface PodProgress {
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  /** All init containers ended well. */
  readonly initialized: boolean;
  /** An init container failed and is not started again. */
  readonly initFailed: boolean;
  /** No container will be started any more. */
  readonly finished: boolean;
}

/**
 * The status of a Pod whose containers are as told.
 *
 * @param now RFC 3339, for the conditions that changed
 */
export function podStatus(pod: Pod, progress: PodProgress, podIp: string, hostIp: string, now: string): object {
  const { containers, initContainers, initialized } = progress;
  const phase = podPhase(progress);
  const done = phase === 'Succeeded' || phase === 'Failed';
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const containersReady = initialized && !done && unready.length === 0;
  const gates = (pod.spec.readinessGates ?? []).every(({ conditionType }) => isTrue(pod.status, conditionType));
  const reason = done ? 'PodCompleted' : 'ContainersNotReady';
  const message = done ? '' : `containers with unready status: [${unready.join(' ')}]`;
  const because = { reason, message };
  const conditions = [
    condition('PodScheduled', true),
    condition('PodReadyToStartContainers', !done),
    condition('Initialized', initialized, { reason: 'ContainersNotInitialized', message: '' }),
    condition('ContainersReady', containersReady, because),
    condition(
      'Ready',
      containersReady && gates,
      containersReady ? { reason: 'ReadinessGatesNotReady', message: '' } : because,
    ),
  ];
  return {
    phase,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    conditions: conditions.map((wanted) => withTransition(wanted, pod.status, now)),
    containerStatuses: containers,
    ...(initContainers.length === 0 ? {} : { initContainerStatuses: initContainers }),
  };
}

function podPhase({ initialized, initFailed, finished, containers }: PodProgress): NonNullable<PodStatus['phase']> {
  if (initFailed) return 'Failed';
  if (!initialized) return 'Pending';
  if (finished && containers.every(({ state }) => state.terminated !== undefined)) {
    return containers.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const ran = containers.some(({ state, restartCount }) => state.waiting === undefined || restartCount > 0);
  return ran ? 'Running' : 'Pending';
}

function condition(type: string, holds: boolean, otherwise?: { reason: string; message: string }): PodCondition {
  return holds ? { type, status: 'True', reason: '', message: '' } : { type, status: 'False', ...otherwise };
}

function withTransition(wanted: PodCondition, before: PodStatus | undefined, now: string): PodCondition {
  const known = before?.conditions?.find(({ type }) => type === wanted.type);
  const changed = known?.status !== wanted.status || known.lastTransitionTime === undefined;
  return { ...wanted, lastTransitionTime: changed ? now : known.lastTransitionTime };
}

function isTrue(status: PodStatus | undefined, type: string): boolean {
  return status?.conditions?.some((known) => known.type === type && known.status === 'True') ?? false;
}
