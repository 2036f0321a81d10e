/**
 * Splits the build context into parts that change at different times, for the layers of the image:
 *
 *     node split-context.mjs <context> <out>
 *
 * | part        | holds                                          | changes with             |
 * | ----------- | ---------------------------------------------- | ------------------------ |
 * | `driver`    | a package that needs the Kafka driver only     | the driver's version     |
 * | `manifests` | `package.json` of all projects, the lock file  | dependencies             |
 * | `code`      | the builds of apps and libraries, and our tools | every edit of a source   |
 */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { driverLock } from './driver-lock.mjs';
import { shippedApps } from './shipped-apps.mjs';

/** @throws {Error} when an app was not built before, with the command that builds it */
export function splitContext(context, out) {
  for (const app of shippedApps) {
    if (existsSync(join(context, 'apps', app, 'dist', 'main.js'))) continue;
    throw new Error(`apps/${app} is not built; run "npx nx run-many --target=build" first`);
  }
  const copy = (part, paths) => {
    for (const path of paths) {
      mkdirSync(dirname(join(out, part, path)), { recursive: true });
      cpSync(join(context, path), join(out, part, path), { recursive: true });
    }
  };
  copy('manifests', ['package.json', 'package-lock.json', '.npmrc', ...globSync('*/*/package.json', { cwd: context })]);
  copy('code', [...globSync('{apps,libs}/*/dist', { cwd: context }), 'tools/image/src']);
  const { manifest, lock } = driverLock(JSON.parse(readFileSync(join(context, 'package-lock.json'), 'utf8')));
  copy('driver', ['.npmrc']);
  cpSync(join(context, 'tools/image/src/check-driver.mjs'), join(out, 'driver', 'check-driver.mjs'));
  writeFileSync(join(out, 'driver', 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(out, 'driver', 'package-lock.json'), JSON.stringify(lock));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [context, out] = process.argv.slice(2);
  try {
    splitContext(context, out);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
