import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { CloudEvent, type CloudEventV1 } from 'cloudevents';

/** GitHub's example payload of one webhook, with the fields that events are made of. */
interface WebhookPayload {
  readonly action?: string;
  readonly repository?: { readonly full_name?: string };
  readonly sender?: { readonly login?: string };
}

// The package is a JSON file whose type declaration says otherwise.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly WebhookPayload[];
}[];

/**
 * GitHub's own example payloads, each as a CloudEvent made by the official SDK.
 *
 * @param round names the run the events belong to, so that ids differ from run to run
 */
export function webhookEvents(round: string): readonly CloudEvent<unknown>[] {
  return examples.flatMap(({ name, examples: payloads }) =>
    payloads.map((payload, index) => {
      const action = payload.action === undefined ? '' : `.${payload.action}`;
      return new CloudEvent({
        id: `${round}-${name}-${index}`,
        source: `https://github.com/${payload.repository?.full_name ?? 'organizations'}`,
        type: `com.github.${name}${action}`,
        subject: payload.sender?.login ?? name,
        time: new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString(),
        datacontenttype: 'application/json',
        data: payload,
      });
    }),
  );
}

/** What must survive the way of an event: its attributes and, as a digest, its data. */
export function fingerprint(event: CloudEventV1<unknown>): string {
  const data = createHash('sha256').update(JSON.stringify(event.data)).digest('hex');
  const time = event.time === undefined ? '' : new Date(event.time).toISOString();
  return [event.id, event.source, event.type, event.subject, time, event.datacontenttype, data].join(' | ');
}
