/** The public names of `@eventing-kafka/event-viewer`, listed one by one. */
export { EventViewerError, isEventViewerError, type EventViewerErrorCode } from './event-viewer-error.ts';
export { startEventViewer, type EventViewer, type EventViewerOptions } from './start-event-viewer.ts';
