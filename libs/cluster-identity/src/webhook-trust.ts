import { caBundlePatches, webhookConfigurationNames } from '@eventing-kafka/admission';
import type { WebhookConfiguration, WebhookConfigurationPatch } from '@eventing-kafka/admission';
import type { TlsMaterialSource } from '@eventing-kafka/certificates';
import { objectPath, watchObjects } from '@eventing-kafka/kubernetes';
import type { KubernetesClient, ObjectWatch } from '@eventing-kafka/kubernetes';
import type { Logger } from '@eventing-kafka/logging';

/** Who is trusted by whom. */
export interface WebhookTrustOptions {
  readonly client: KubernetesClient;
  /** What the webhooks are served with; its `ca` is what the API server shall trust. */
  readonly material: TlsMaterialSource;
  readonly logger: Logger;
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const kinds = [
  {
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    names: webhookConfigurationNames.mutating,
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    names: webhookConfigurationNames.validating,
  },
] as const;
/** Between tries to write what the API server did not take. */
const retryMs = 1_000;

/**
 * Keeps the API server trusting our webhooks: their authority is written into each of their configurations when it changes, and again when
 * somebody else (`helm upgrade`, `kubectl apply`) writes another one, or none.
 */
export function keepWebhooksTrusted({ client, material, logger }: WebhookTrustOptions): AsyncDisposable {
  return new WebhookTrust(client, material, logger);
}

class WebhookTrust implements AsyncDisposable {
  readonly #client: KubernetesClient;
  readonly #material: TlsMaterialSource;
  readonly #logger: Logger;
  readonly #configurations = new Map<string, WebhookConfiguration>();
  readonly #watches: readonly ObjectWatch[];
  readonly #unwatch: () => void;
  readonly #stop = new AbortController();
  #retry: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(client: KubernetesClient, material: TlsMaterialSource, logger: Logger) {
    this.#client = client;
    this.#material = material;
    this.#logger = logger;
    this.#unwatch = material.watch(() => this.#writeSoon());
    this.#watches = kinds.flatMap(({ kind, names }) => names.map((name) => this.#follow(kind, name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unwatch();
    this.#stop.abort();
    clearTimeout(this.#retry);
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
    await this.#writing;
  }

  #follow(kind: string, name: string): ObjectWatch {
    return watchObjects({
      client: this.#client,
      apiVersion,
      kind,
      name,
      onChange: (changes) => {
        for (const change of changes) {
          if (change.kind === 'absent') this.#configurations.delete(name);
          // Lists do not repeat the kind in their items.
          else this.#configurations.set(name, { ...(change.object as unknown as WebhookConfiguration), kind });
        }
        this.#writeSoon();
      },
      onTrouble: (error) => this.#logger.warn('webhook configuration cannot be followed', { name, error }),
    });
  }

  #writeSoon(): void {
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const isStopped = (): boolean => this.#stop.signal.aborted;
    if (isStopped()) return;
    for (const patch of caBundlePatches([...this.#configurations.values()], this.#material.current.ca)) {
      try {
        await this.#apply(patch);
        this.#logger.info('webhooks are trusted', { configuration: patch.name });
      } catch (error) {
        if (isStopped()) return;
        this.#logger.warn('webhook configuration could not be written', { configuration: patch.name, error });
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#writeSoon(), retryMs);
      }
    }
  }

  async #apply({ kind, name, patch }: WebhookConfigurationPatch): Promise<void> {
    const plural = kinds.find((known) => known.kind === kind)?.plural ?? '';
    await this.#client.call({
      method: 'PATCH',
      path: objectPath({ apiVersion, kind, plural, namespaced: false }, undefined, name),
      contentType: 'application/json-patch+json',
      body: patch,
      verb: 'patch',
      subject: `${kind} ${name}`,
      signal: this.#stop.signal,
    });
  }
}
