import type { AdmissionContext } from './admission-request.ts';
import type { AdmissionAnswer, AdmissionReview } from './admission-review.ts';
import { defaultObject } from './default-object.ts';
import { problemsText } from './field-problem.ts';
import { validateObject } from './validate-object.ts';

/** The paths under which webhooks are served, as upstream's (control-plane 19). */
export const webhookPaths = {
  defaulting: '/defaulting',
  resourceValidation: '/resource-validation',
  configValidation: '/config-validation',
} as const;

/** One of {@link webhookPaths}. */
export type WebhookPath = (typeof webhookPaths)[keyof typeof webhookPaths];

/** Decides about a review. Pure: the same review in the same context is always answered the same. */
export function answerReview(path: WebhookPath, review: AdmissionReview, context: AdmissionContext): AdmissionAnswer {
  const { request } = review;
  const isConfig = request?.kind === 'ConfigMap';
  if (request === undefined || isConfig !== (path === webhookPaths.configValidation))
    return { allowed: false, code: 400, message: `unhandled kind: ${review.kindText} at ${path}`, warnings: [] };
  if (path === webhookPaths.defaulting) return { allowed: true, patch: defaultObject(request, context), warnings: [] };

  const { problems, warnings } = validateObject(request, context);
  return problems.length === 0
    ? { allowed: true, patch: [], warnings }
    : { allowed: false, code: 400, message: `validation failed: ${problemsText(problems)}`, warnings };
}
