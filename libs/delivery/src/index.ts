/** The public names of `@eventing-kafka/delivery`, listed one by one. */
export { deadLetterExtensions } from './dead-letter.ts';
export type { DeadLetterExtensions, FailedResponse } from './dead-letter.ts';
export { DeliveryError, isDeliveryError } from './delivery-error.ts';
export type { DeliveryErrorCode } from './delivery-error.ts';
export type { DeliveryPolicy, EgressConfigLike } from './delivery-policy.ts';
export { isFinal } from './dispatch-outcome.ts';
export type { DispatchOutcome } from './dispatch-outcome.ts';
export { DispatchScheduler, dispatchOrder } from './dispatch-scheduler.ts';
export type { DispatchOrder, Schedulable } from './dispatch-scheduler.ts';
export { deliveryPlan } from './endpoints.ts';
export type { DeliveryPlan, Endpoint, PlannedEgressConfigLike, PlannedEgressLike, ReplyTarget } from './endpoints.ts';
export { OffsetTracker } from './offset-tracker.ts';
export type { CommitPosition, OffsetTrackerOptions } from './offset-tracker.ts';
export { isSuccess, responseClass } from './response-class.ts';
export type { ResponseClass } from './response-class.ts';
export { parseRetryAfterMs } from './retry-after.ts';
export { delayBeforeRetryMs, retryDelaysMs } from './retry-schedule.ts';
export type { RetryCause, RetryPolicy } from './retry-schedule.ts';
