const driver = 'node-rdkafka';

/**
 * A package that depends on the Kafka driver alone, and its lock file, with the versions and checksums of the whole lock
 * file: it stays the same, byte for byte, while they do.
 *
 * @param {{ packages: Record<string, { version: string, dependencies?: Record<string, string> }> }} wholeLock
 * @throws {Error} when the lock file does not hold the driver
 */
export function driverLock({ packages }) {
  const locked = {};
  const add = (name) => {
    const path = `node_modules/${name}`;
    if (path in locked) return;
    const entry = packages[path];
    if (entry === undefined) throw new Error(`package-lock.json holds no ${path}`);
    locked[path] = entry;
    for (const dependency of Object.keys(entry.dependencies ?? {})) add(dependency);
  };
  add(driver);
  const manifest = {
    name: 'driver',
    version: '0.0.0',
    private: true,
    dependencies: { [driver]: locked[`node_modules/${driver}`].version },
  };
  return { manifest, lock: { ...manifest, lockfileVersion: 3, requires: true, packages: { '': manifest, ...locked } } };
}
