/**
 * Loads the compiled driver and says what it can do; fails when it was built for another architecture than asked for, or lacks
 * what Kafka clusters ask for.
 *
 *     TARGETARCH=arm64 node check-driver.mjs <folder with node_modules>
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
const wanted = process.env.TARGETARCH;
if (wanted && wanted !== architecture) {
  throw new Error(`The base of the build is for ${architecture}, but ${wanted} is asked for; name another BASE_BUILD`);
}
const { features, librdkafkaVersion } = createRequire(join(process.argv[2], 'any.js'))('node-rdkafka');
const missing = ['ssl', 'sasl_scram', 'zstd', 'gzip'].filter((feature) => !features.includes(feature));
if (missing.length > 0) throw new Error(`The Kafka driver was compiled without ${missing.join(', ')}`);
console.log(`librdkafka ${librdkafkaVersion} for ${architecture}: ${features.join(', ')}`);
