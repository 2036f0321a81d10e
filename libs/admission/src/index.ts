/** The public names of `@eventing-kafka/admission`, listed one by one. */
export { admittedKinds } from './admission-request.ts';
export type { AdmissionContext, AdmissionRequest, AdmittedKind } from './admission-request.ts';
export { defaultObject } from './default-object.ts';
export type { JsonPatchOperation } from './json-patch.ts';
export { validateObject } from './validate-object.ts';
export type { Shape } from './structural-problems.ts';
export { problemsText } from './field-problem.ts';
export type { FieldProblem } from './field-problem.ts';
export { validatedConfigMaps } from './validate-config-map.ts';

export { admissionReviewOf, parseAdmissionReview } from './admission-review.ts';
export type { AdmissionAnswer, AdmissionReview } from './admission-review.ts';
export { answerReview, webhookPaths } from './answer-review.ts';
export type { WebhookPath } from './answer-review.ts';

export { startAdmissionServer } from './start-admission-server.ts';
export type { AdmissionServer, AdmissionServerOptions } from './start-admission-server.ts';
export { AdmissionError, isAdmissionError } from './admission-error.ts';
export type { AdmissionErrorCode } from './admission-error.ts';

export { caBundlePatches, webhookConfigurationNames } from './webhook-configurations.ts';
export type { WebhookConfiguration, WebhookConfigurationPatch } from './webhook-configurations.ts';
