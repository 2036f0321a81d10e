import type { Logger } from '@eventing-kafka/logging';
import type { ControllerSettings } from './config.ts';
import { runFromFolder } from './from-folder.ts';
import { runOnCluster } from './on-cluster.ts';

/** What a controller is given to run with. */
export interface ControllerContext {
  readonly settings: ControllerSettings;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A controller for the objects of a folder, or of a Kubernetes cluster. Resolves when `signal` is aborted and all is disposed. */
export async function runController(context: ControllerContext): Promise<void> {
  const { manifests } = context.settings;
  await (manifests === undefined ? runOnCluster(context) : runFromFolder(context, manifests));
}
