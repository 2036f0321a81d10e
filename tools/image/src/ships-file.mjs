/** Types, maps and prose are for people who program; no process reads them. */
const notRead = /\.(d\.[cm]?ts|ts|map|md|markdown|tsbuildinfo)$/i;
const licence = /(^|\/)(licen[cs]e|notice|copying)[^/]*$/i;
/** What a package has beside what it runs. */
const besides = /^(tests?|__tests__|bench|benchmarks?|examples?|docs)(\/|$)|\.test\.[cm]?js$/;
/** The source of the driver is 30 MB; compiled, it needs these. */
const driverFiles = /^(package\.json|librdkafka\.js|lib(\/.*)?)$/;
/** A library or app of ours is its build and its `package.json`. */
const ownFiles = /^(package\.json|dist(\/.*)?)$/;

/**
 * Whether a file or folder of an installed package gets into the image.
 *
 * @param {string} packagePath of the package below the workspace, such as `node_modules/undici`
 * @param {string} file below the package
 */
export function shipsFile(packagePath, file) {
  if (packagePath.includes('node_modules/@types/') || file === 'node_modules') return false;
  if (licence.test(file)) return true;
  if (notRead.test(file) || besides.test(file)) return false;
  if (/^(apps|libs)\/[^/]+$/.test(packagePath)) return ownFiles.test(file);
  if (packagePath === 'node_modules/node-rdkafka') return driverFiles.test(file);
  return true;
}
