import { metricsOptions, startMetrics } from '@eventing-kafka/metrics';
import type { Metrics } from '@eventing-kafka/metrics';
import type { ReconcilerStatus } from '@eventing-kafka/reconciler';
import type { ControllerContext } from './compose.ts';

/** What the admin server tells; changed while the controller gets going. */
export interface AdminState {
  /** Undefined: ready. */
  notReadyReason: () => string | undefined;
  status: () => ReconcilerStatus;
}

/** The state of a controller that has done nothing yet. */
export function initialState(notReadyReason: string): AdminState {
  return { notReadyReason: () => notReadyReason, status: () => ({ resources: [], problems: [], processes: [] }) };
}

/** Health, readiness, metrics and `/status`. */
export function startAdmin(
  { settings, logger }: Pick<ControllerContext, 'settings' | 'logger'>,
  state: AdminState,
): Promise<Metrics> {
  return startMetrics({
    ...metricsOptions(settings),
    readiness: () => {
      const reason = state.notReadyReason();
      return reason === undefined ? { ready: true } : { ready: false, reason };
    },
    routes: {
      '/status': () => ({ contentType: 'application/json', body: `${JSON.stringify(state.status(), null, 2)}\n` }),
    },
    logger,
  });
}
