import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container, HttpGetAction, Probe } from '../kubernetes-objects.ts';

/** How often a probe is tried while it has not succeeded yet; a kubelet too looks more often then than `periodSeconds`. */
const eagerPeriodMs = 200;

/** What consecutive results of a probe come to. */
export interface ProbeState {
  /** Whether the last run of results was of successes; undefined before the first. */
  readonly lastSucceeded?: boolean;
  /** Length of that run. */
  readonly count: number;
  /** When a failure was counted last, ms. */
  readonly countedAt: number;
  readonly passing: boolean;
  /** The threshold of failures was reached. */
  readonly failed: boolean;
}

/** A probe that has not been tried. */
export const untried: ProbeState = { count: 0, countedAt: -Infinity, passing: false, failed: false };

/**
 * The state after one more result. Failures count only once per period, so that looking more often does not give up sooner; `initialDelaySeconds` counts
 * none.
 */
export function afterResult(state: ProbeState, succeeded: boolean, probe: Probe, nowMs: number): ProbeState {
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const sameRun = state.lastSucceeded === succeeded;
  if (!succeeded && sameRun && nowMs - state.countedAt < periodMs(probe)) return state;
  const count = sameRun ? state.count + 1 : 1;
  const threshold = succeeded ? successThreshold : failureThreshold;
  const reached = count >= threshold;
  return {
    lastSucceeded: succeeded,
    count,
    countedAt: nowMs,
    passing: reached ? succeeded : state.passing,
    failed: reached && !succeeded,
  };
}

/**
 * Probes until `signal` aborts.
 *
 * @param onChange is told of each state that is not the one before
 */
export async function keepProbing(
  probe: Probe,
  container: Container,
  podIp: string,
  signal: AbortSignal,
  onChange: (state: ProbeState) => void,
): Promise<void> {
  const startedAt = performance.now();
  const quietMs = 1000 * (probe.initialDelaySeconds ?? 0);
  let state = untried;
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const succeeded = await tryProbe(probe, container, podIp, signal);
    if (stopped()) return;
    const now = performance.now();
    if (succeeded || now - startedAt >= quietMs) {
      const next = afterResult(state, succeeded, probe, now);
      if (next !== state) onChange(next);
      state = next;
    }
    const waitMs = state.passing && state.lastSucceeded === true ? periodMs(probe) : eagerPeriodMs;
    await delay(Math.min(waitMs, periodMs(probe)), undefined, { signal }).catch(() => undefined);
  }
}

function periodMs({ periodSeconds = 10 }: Probe): number {
  return 1000 * Math.max(1, periodSeconds);
}

async function tryProbe(probe: Probe, container: Container, podIp: string, signal: AbortSignal): Promise<boolean> {
  const timeoutMs = 1000 * Math.max(1, probe.timeoutSeconds ?? 1);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  if (probe.httpGet !== undefined) return httpGetSucceeds(probe.httpGet, container, podIp, limit);
  if (probe.tcpSocket !== undefined) return accepts(podIp, portOf(container, probe.tcpSocket.port), limit);
  // What is not played here must not keep a Pod from being ready.
  return true;
}

/** Whether a GET is answered with a status from 200 to 399; certificates are not checked, as a kubelet does not. */
export function httpGetSucceeds(
  action: HttpGetAction,
  container: Container,
  podIp: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { path = '/', port, scheme = 'HTTP', host = podIp, httpHeaders = [] } = action;
  return new Promise((resolve) => {
    const options = {
      host,
      port: portOf(container, port),
      path,
      headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
      agent: false,
      rejectUnauthorized: false,
      signal,
    } as const;
    const sent = scheme === 'HTTPS' ? httpsRequest(options) : httpRequest(options);
    sent.once('error', () => resolve(false));
    sent.once('response', (response) => {
      response.resume().on('error', () => undefined);
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400);
    });
    sent.end();
  });
}

function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The number of a port that may be given by its name; 0, which nobody listens on, for a name that is not there. */
function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? (Number(port) || 0);
}
