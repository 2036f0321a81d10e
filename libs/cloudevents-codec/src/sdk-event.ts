import type { CloudEvent, CloudEventV1 } from 'cloudevents';
import type { EventView } from './event-view.ts';

export function toCloudEvent(_event: EventView): CloudEvent<unknown> {
  throw new Error('not written yet');
}

export function fromCloudEvent(_event: CloudEvent<unknown> | CloudEventV1<unknown>): EventView {
  throw new Error('not written yet');
}
