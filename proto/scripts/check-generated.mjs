/** Fails when the generated TypeScript is not what the `.proto` files and the generator give today, naming each file. */
import { mkdtemp, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateInto, generatedFolders, workspaceRoot } from './generated.mjs';

const root = process.argv[2] ?? workspaceRoot;
const temporary = await mkdtemp(join(tmpdir(), 'eventing-kafka-generated-'));
try {
  await mkdir(join(temporary, 'proto'));
  await generateInto(temporary);
  const differences = (
    await Promise.all(generatedFolders.map((folder) => differencesIn(folder, root, temporary)))
  ).flat();
  if (differences.length === 0) {
    console.log('The generated files are up to date.');
  } else {
    console.error(differences.join('\n'));
    console.error('Run "npx nx run proto:generate" and commit what it changes; generated files are never edited.');
    process.exitCode = 1;
  }
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function differencesIn(folder, current, expected) {
  const [have, want] = await Promise.all([filesIn(join(current, folder)), filesIn(join(expected, folder))]);
  const names = [...new Set([...have.keys(), ...want.keys()])].sort();
  return names.flatMap((name) => {
    if (have.get(name) === want.get(name)) return [];
    const what = !have.has(name) ? 'is missing' : !want.has(name) ? 'is not generated from anything' : 'differs';
    return [`${join(folder, name)} ${what}`];
  });
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')])),
  );
}
