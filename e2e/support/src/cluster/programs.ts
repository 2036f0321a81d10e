import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findEtcd } from './etcd-program.ts';
import { cachedBuild, contents, goVersion, runGo } from './program-cache.ts';

/** Paths of the programs that make a control plane, and of `kubectl`. */
export interface ClusterPrograms {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

/** The Kubernetes that is built; `cluster-binaries/go.mod` says the same. */
const kubernetesVersion = 'v1.35.0';
const helmVersion = 'v3.19.0';

const moduleFolder = resolve(import.meta.dirname, '../../cluster-binaries');

/** Without this, the API server says it is v0.0.0, and a chart that asks for a version refuses it. */
const linkerFlags = [
  '-s -w',
  `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  `-X k8s.io/component-base/version.gitMajor=${kubernetesVersion.split('.')[0]?.slice(1) ?? ''}`,
  `-X k8s.io/component-base/version.gitMinor=${kubernetesVersion.split('.')[1] ?? ''}`,
].join(' ');

/**
 * The programs of a cluster: each from `KUBEBUILDER_ASSETS` (envtest's folder) where it is there, else built from Kubernetes' own modules and
 * cached. envtest has no controller manager, which is then built too.
 */
export async function clusterPrograms(env: NodeJS.ProcessEnv = process.env): Promise<ClusterPrograms> {
  const assets = env['KUBEBUILDER_ASSETS'];
  const find = async (name: string): Promise<string> => {
    const given = assets === undefined || assets === '' ? undefined : join(assets, name);
    return given !== undefined && existsSync(given) ? given : join(await builtKubernetes(), name);
  };
  return {
    etcd: await findEtcd(env),
    kubeApiserver: await find('kube-apiserver'),
    kubeControllerManager: await find('kube-controller-manager'),
    kubectl: await find('kubectl'),
  };
}

/** `helm`, built once and cached. */
export async function helmProgram(): Promise<string> {
  const source = `helm.sh/helm/v3/cmd/helm@${helmVersion}`;
  const folder = await cachedBuild({
    name: `helm-${helmVersion}`,
    key: [source, await goVersion()],
    announcement: `building Helm ${helmVersion} (1 min on 2 cores, once per machine)`,
    build: (work) => runGo(['install', '-trimpath', source], { env: { GOBIN: work } }),
  });
  return join(folder, 'helm');
}

async function builtKubernetes(): Promise<string> {
  return cachedBuild({
    name: `kubernetes-${kubernetesVersion}`,
    key: [...(await contents(moduleFolder, ['go.mod', 'go.sum', 'main.go'])), linkerFlags, await goVersion()],
    announcement: `building kube-apiserver, kube-controller-manager and kubectl ${kubernetesVersion} (5 min on 2 cores, once per machine)`,
    build: async (work) => {
      const program = 'kubernetes';
      const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags, '-o', join(work, program), '.'];
      await runGo(args, { cwd: moduleFolder });
      for (const name of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) {
        await symlink(program, join(work, name));
      }
    },
  });
}
