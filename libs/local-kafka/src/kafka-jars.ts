import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { LocalKafkaError } from './local-kafka-error.ts';

/** The Apache Kafka that is started. */
export const kafkaVersion = '4.2.0';

const slf4jVersion = '1.7.36';

/** Where the jars of {@link kafkaVersion} are kept, outside of any work tree: `$XDG_CACHE_HOME`, or `~/.cache`. */
export function defaultJarsDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const cache = env['XDG_CACHE_HOME'];
  const base = cache === undefined || cache === '' ? join(homedir(), '.cache') : cache;
  return join(base, 'eventing-kafka', `kafka-${kafkaVersion}`);
}

/**
 * Makes sure that `directory` holds Kafka's jars: fetched by Maven into a folder beside it, then renamed, so that a folder
 * of this name is always complete and two processes may do this at once.
 */
export async function ensureJars(directory: string, onProgress: (line: string) => void): Promise<void> {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, '.fetching-'));
  try {
    onProgress(`fetching Apache Kafka ${kafkaVersion} from Maven Central (43 MB, once per machine)`);
    await writeFile(join(work, 'pom.xml'), pom());
    await runMaven(work);
    await rename(join(work, 'jars'), directory).catch((error: unknown) => {
      // Another process was faster, and its folder is as good.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function runMaven(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies'];
    const maven = spawn('mvn', [...args, `-DoutputDirectory=${join(folder, 'jars')}`, '-DincludeScope=runtime'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4000);
    };
    maven.stdout.on('data', collect);
    maven.stderr.on('data', collect);
    maven.on('error', (cause) => {
      reject(
        new LocalKafkaError(
          'LOCAL_KAFKA_MAVEN_MISSING',
          'Maven (mvn) is needed once to fetch Kafka and cannot be run: install it (Debian: apt-get install maven), or set ' +
            'KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs',
          cause,
        ),
      );
    });
    maven.on('close', (code) => {
      if (code === 0) return resolve();
      const lines = output.split('\n').filter((line) => line.includes('ERROR'));
      reject(
        new LocalKafkaError(
          'LOCAL_KAFKA_DOWNLOAD_FAILED',
          `Maven could not fetch Kafka ${kafkaVersion} (exit code ${code ?? 'none'}): check the network, or set ` +
            `KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs. ${lines.slice(0, 3).join(' ').trim()}`,
        ),
      );
    });
  });
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.slf4j', 'slf4j-simple', slf4jVersion)}
  </dependencies>
</project>
`;
}
