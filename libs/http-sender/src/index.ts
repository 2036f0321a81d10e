/** The public names of `@eventing-kafka/http-sender`, listed one by one. */
export { DeliveryError, isDeliveryError } from '@eventing-kafka/delivery';
export type { DeliveryErrorCode, DeliveryPolicy, RetryPolicy } from '@eventing-kafka/delivery';
export { deliver } from './deliver.ts';
export type { Delivery, DeliveryResult, PlannedRetry } from './deliver.ts';
export { headerValue } from './header-value.ts';
export { createHttpSender } from './http-sender.ts';
export type { HttpRequest, HttpResponse, HttpSender, HttpSenderOptions } from './http-sender.ts';
export type { ResolveName } from './guarded-lookup.ts';
