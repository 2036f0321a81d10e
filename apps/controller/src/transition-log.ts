import type { Logger } from '@eventing-kafka/logging';
import type { Transition } from '@eventing-kafka/reconciler';
import { keyText, problemText } from '@eventing-kafka/resources';

/** Tells of what changes, serves and is refused. */
export function logTransition(logger: Logger, transition: Transition): void {
  switch (transition.kind) {
    case 'changed':
      return logger.info('resource changed', { resource: keyText(transition.key), change: transition.change });
    case 'serving':
      return logger.info('resource is serving', { resource: keyText(transition.key), afterMs: transition.afterMs });
    case 'gone':
      return logger.info('resource is no longer served', {
        resource: keyText(transition.key),
        afterMs: transition.afterMs,
      });
    case 'refused': {
      const { key, reason, message: detail, previousGoesOn, place } = transition;
      return logger.warn('resource is refused', {
        resource: keyText(key),
        reason,
        detail,
        previousGoesOn,
        ...(place === undefined ? {} : { place }),
      });
    }
    case 'problem':
      return logger.warn('manifest has a problem', { problem: problemText(transition.problem) });
    case 'problem-solved':
      return logger.info('problem of a manifest is solved', { problem: problemText(transition.problem) });
  }
}
