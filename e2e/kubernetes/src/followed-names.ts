import { eventually } from '@eventing-kafka/e2e-support';
import { watchObjects } from '@eventing-kafka/kubernetes';
import type { KubernetesErrorCode, ObjectWatch, WatchObjectsOptions } from '@eventing-kafka/kubernetes';

/** A watch that keeps what it was told: the objects that are there, by name, and every change in its order. */
export class Followed implements AsyncDisposable {
  readonly present = new Map<string, string>();
  readonly log: string[] = [];
  readonly troubles: KubernetesErrorCode[] = [];
  readonly watch: ObjectWatch;

  constructor(options: Omit<WatchObjectsOptions, 'onChange' | 'onTrouble'>) {
    this.watch = watchObjects({
      ...options,
      onChange: (changes) => {
        for (const change of changes) {
          const name = change.kind === 'present' ? change.object.metadata.name : change.name;
          if (change.kind === 'present') this.present.set(name, change.object.metadata.resourceVersion ?? '');
          else this.present.delete(name);
          this.log.push(`${change.kind === 'present' ? '+' : '-'}${name}`);
        }
      },
      onTrouble: ({ code }) => this.troubles.push(code),
    });
  }

  /** Waits until exactly these are there. */
  async holds(...names: readonly string[]): Promise<void> {
    const wanted = names.toSorted().join();
    await eventually(`the watch holds ${wanted}`, () => [...this.present.keys()].toSorted().join() === wanted);
  }

  /** Waits for a failed attempt of this kind. */
  async meets(code: KubernetesErrorCode): Promise<void> {
    await eventually(`the watch meets ${code}`, () => this.troubles.includes(code));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
  }
}
