/** The public names of `@eventing-kafka/cloudevents-codec`, listed one by one. */
export type { AttributeValue, ContentMode, EventView, SpecVersion } from './event-view.ts';
export { CodecError, isCodecError } from './codec-error.ts';
export type { CodecErrorCode } from './codec-error.ts';
export type { HttpHeaders } from './http-event.ts';
export { readHttpEvent, readHttpEvents, readHttpResponseEvent } from './http-event.ts';
export { toHttpRequest } from './http-request.ts';
export type { EncodedRequest } from './http-request.ts';
export { readRecordEvent, toRecord } from './kafka-record.ts';
export type { EncodedRecord, RecordToRead } from './kafka-record.ts';
export type { RecordKeyType } from './record-key.ts';
export { wrapRecord } from './wrapped-record.ts';
export type { RecordToWrap, WrappingRules } from './wrapped-record.ts';
export { toSpecVersion1, withExtensions } from './event-changes.ts';
export { fromCloudEvent, toCloudEvent } from './sdk-event.ts';
