/**
 * Gathers what ships, below one folder:
 *
 *     node assemble.mjs <workspace> <build of the driver> <out>
 *
 * `bin/node`, `entrypoint.mjs`, `apps/<app>` and `libs/<library>` with their builds, `node_modules`, and in `lib` the shared
 * libraries that the driver needs and a minimal base does not have.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { shippedApps } from './shipped-apps.mjs';
import { shipsFile } from './ships-file.mjs';

/** Of what the driver is linked to, these are not in `distroless/cc`; OpenSSL is, and is better renewed with the base. */
const carriedLibraries = /^(libz|libzstd)\.so/;

function productionPackages(workspace) {
  const ask = ['ls', '--all', '--parseable', '--omit=dev', ...shippedApps.map((app) => `--workspace=apps/${app}`)];
  const folders = execFileSync('npm', ask, { cwd: workspace, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((folder) => folder !== '' && folder !== workspace);
  return folders.map((folder) => ({
    linked: relative(workspace, folder),
    path: relative(workspace, realpathSync(folder)),
  }));
}

function linkedLibraries(file) {
  const lines = execFileSync('ldd', [file], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => /=> (\/\S+)/.exec(line)?.[1]).filter((path) => path !== undefined);
}

export function assemble(workspace, driverBuild, out) {
  for (const { linked, path } of productionPackages(workspace)) {
    const from = join(workspace, path);
    // What a package has in a node_modules of its own is listed, and copied, by itself.
    const filter = (file) => file === from || shipsFile(path, relative(from, file));
    cpSync(from, join(out, path), { recursive: true, filter });
    if (linked === path) continue;
    mkdirSync(dirname(join(out, linked)), { recursive: true });
    symlinkSync(relative(dirname(linked), path), join(out, linked));
  }
  const driver = join(out, 'node_modules', 'node-rdkafka', 'build');
  for (const file of ['Release/node-librdkafka.node', 'deps/librdkafka.so.1', 'deps/librdkafka++.so.1']) {
    mkdirSync(dirname(join(driver, file)), { recursive: true });
    copyFileSync(join(driverBuild, file), join(driver, file));
  }
  mkdirSync(join(out, 'lib'), { recursive: true });
  for (const library of linkedLibraries(join(driverBuild, 'deps', 'librdkafka.so.1'))) {
    if (carriedLibraries.test(basename(library))) {
      copyFileSync(library, join(out, 'lib', basename(library)));
    }
  }
  mkdirSync(join(out, 'bin'), { recursive: true });
  copyFileSync(process.execPath, join(out, 'bin', 'node'));
  copyFileSync(join(workspace, 'tools/image/src/entrypoint.mjs'), join(out, 'entrypoint.mjs'));
  copyFileSync(join(workspace, 'package.json'), join(out, 'package.json'));
  for (const app of shippedApps) {
    if (!existsSync(join(out, 'apps', app, 'dist', 'main.js')))
      throw new Error(`apps/${app} did not get into the image`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [workspace, driverBuild, out] = process.argv.slice(2);
  assemble(workspace, driverBuild, out);
}
