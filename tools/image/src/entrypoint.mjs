/**
 * The first program of the image: runs the app that its first argument names, in this process, so that signals and the exit
 * code are the app's own. The rest of the arguments, and the environment, are for the app.
 *
 *     entrypoint.mjs receiver --port=8080
 *
 * A name that is missing or unknown is refused in one line, with exit code 2, as apps refuse what they cannot use.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = process.env.EVENTING_KAFKA_APPS ?? join(dirname(fileURLToPath(import.meta.url)), 'apps');
const mainOf = (app) => join(folder, app, 'dist', 'main.js');

const [app, ...args] = process.argv.slice(2);
const apps = readdirSync(folder)
  .filter((name) => existsSync(mainOf(name)))
  .sort();
if (app !== undefined && apps.includes(app)) {
  // As if the app had been started itself: it finds its version and its arguments by these.
  process.argv.splice(1, process.argv.length, mainOf(app), ...args);
  await import(pathToFileURL(mainOf(app)).href);
} else {
  const found = app === undefined ? 'No app is named' : `"${app}" is no app of this image`;
  process.stderr.write(`${found}; the first argument must be one of ${apps.join(', ')}.\n`);
  process.exitCode = 2;
}
