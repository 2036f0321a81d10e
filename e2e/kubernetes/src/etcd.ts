import type { ApiServer } from '@eventing-kafka/e2e-support';

/** What lies below the API server, to be changed behind its back. */
export class Etcd {
  readonly #url: string;

  constructor(api: ApiServer) {
    this.#url = `http://${new URL(api.server).hostname}:2379`;
  }

  /** Deletes an object, as another API server of the cluster would. */
  async remove(plural: string, namespace: string, name: string): Promise<void> {
    const key = Buffer.from(`/registry/${plural}/${namespace}/${name}`).toString('base64');
    const { deleted } = (await this.#call('/v3/kv/deleterange', { key })) as { deleted?: string };
    if (deleted !== '1') throw new Error(`etcd has no ${plural} ${namespace}/${name}`);
  }

  /** Forgets all versions but the present ones, as the API server has it do every five minutes. */
  async compact(): Promise<void> {
    const { header } = (await this.#call('/v3/kv/range', { key: 'AA==' })) as { header: { revision: string } };
    await this.#call('/v3/kv/compaction', { revision: header.revision, physical: true });
  }

  async #call(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
