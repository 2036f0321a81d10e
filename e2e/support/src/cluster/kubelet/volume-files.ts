import type { ConfigMapSource, DownwardItem, KeyToPath, Pod, ProjectedSource, Volume } from '../kubernetes-objects.ts';
import type { VolumeFile } from './atomic-folder.ts';
import { configMapData, MissingReference, type PodWorld, secretData } from './container-environment.ts';
import { podField } from './pod-fields.ts';

/** What a Pod asks for with `serviceAccountToken`. */
export interface TokenRequest {
  /** Empty for the API server's own. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** Gives a token of the Pod's ServiceAccount, the same until it is nearly used up. */
export type TokenSource = (pod: Pod, request: TokenRequest) => Promise<string>;

/**
 * The files of a volume that is made of other objects; undefined for one that starts empty or is a folder of the machine.
 *
 * @throws MissingReference when something is not there yet
 */
export async function volumeFiles(
  pod: Pod,
  volume: Volume,
  world: PodWorld,
  tokens: TokenSource,
): Promise<Map<string, VolumeFile> | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const sources: readonly ProjectedSource[] | undefined =
    projected?.sources ??
    (configMap && [{ configMap }]) ??
    (secret && [{ secret: { ...secret, name: secret.secretName } }]) ??
    (downwardAPI && [{ downwardAPI }]);
  if (sources === undefined) return undefined;
  const mode = (projected ?? configMap ?? secret ?? downwardAPI)?.defaultMode ?? 0o644;
  const files = new Map<string, VolumeFile>();
  for (const source of sources) {
    for (const [path, content, ownMode] of await sourceFiles(pod, source, world, tokens)) {
      files.set(path, { content, mode: ownMode ?? mode });
    }
  }
  return files;
}

type SourceFile = readonly [path: string, content: Buffer, mode?: number | undefined];

async function sourceFiles(
  pod: Pod,
  source: ProjectedSource,
  world: PodWorld,
  tokens: TokenSource,
): Promise<SourceFile[]> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) return chosen(configMapData(pod, configMap, world), configMap);
  if (secret !== undefined) return chosen(secretData(pod, secret, world), secret);
  if (downwardAPI !== undefined) return (downwardAPI.items ?? []).map((item) => downwardFile(pod, item, world));
  if (serviceAccountToken !== undefined) {
    const { audience = '', expirationSeconds = 3600, path } = serviceAccountToken;
    return [[path, Buffer.from(await tokens(pod, { audience, expirationSeconds })), 0o600]];
  }
  throw new MissingReference('a source of a projected volume is of a kind that this kubelet does not play');
}

function chosen(data: Readonly<Record<string, Buffer>>, { name, items, optional }: ConfigMapSource): SourceFile[] {
  if (items === undefined) return Object.entries(data);
  return items.flatMap(({ key, path, mode }: KeyToPath): SourceFile[] => {
    const content = data[key];
    if (content !== undefined) return [[path, content, mode]];
    if (optional === true) return [];
    throw new MissingReference(`references non-existent config key: ${key} of ${name}`);
  });
}

function downwardFile(pod: Pod, { path, fieldRef }: DownwardItem, world: PodWorld): SourceFile {
  return [path, Buffer.from(podField(pod, fieldRef?.fieldPath ?? '', world.place))];
}
