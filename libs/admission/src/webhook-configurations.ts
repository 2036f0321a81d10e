import type { JsonPatchOperation } from './json-patch.ts';

/** The names of the webhook configurations that the chart installs, as upstream's (control-plane 19). */
export const webhookConfigurationNames = {
  mutating: ['defaulting.webhook.kafka.eventing.knative.dev'],
  validating: ['validation.webhook.kafka.eventing.knative.dev', 'config.webhook.kafka.eventing.knative.dev'],
} as const;

/** A Mutating- or ValidatingWebhookConfiguration as the API server holds it; what is not needed here is left out. */
export interface WebhookConfiguration {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[];
}

/** A patch of one webhook configuration, `application/json-patch+json`. */
export interface WebhookConfigurationPatch {
  readonly kind: string;
  readonly name: string;
  readonly patch: readonly JsonPatchOperation[];
}

/**
 * What has to change so that the API server trusts the webhooks' certificate: the CA, in PEM, as `caBundle` of each webhook. Configurations
 * that have it already need no patch. `caPem` may hold several certificates: the old and the new, while the CA is changed.
 */
export function caBundlePatches(
  configurations: readonly WebhookConfiguration[],
  caPem: string,
): readonly WebhookConfigurationPatch[] {
  const caBundle = Buffer.from(caPem).toString('base64');
  return configurations.flatMap(({ kind, metadata, webhooks = [] }) => {
    const patch = webhooks.flatMap(({ name, clientConfig }, index): readonly JsonPatchOperation[] =>
      clientConfig.caBundle === caBundle
        ? []
        : [
            // Refused by the API server, and so tried again, when the webhooks are not those that were read.
            { op: 'test', path: `/webhooks/${index}/name`, value: name },
            { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle },
          ],
    );
    return patch.length === 0 ? [] : [{ kind, name: metadata.name, patch }];
  });
}
