/** What is generated from the `.proto` files, and how: shared by `generate` and `check-generated`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const protoFolder = join(import.meta.dirname, '..');
export const workspaceRoot = join(protoFolder, '..');

/** Folders that hold nothing but generated files, relative to the workspace. */
export const generatedFolders = ['libs/contract/src/generated', 'libs/contract-stream/src/generated'];

const templates = ['buf.gen.contract.yaml', 'buf.gen.push.yaml'];

/** Runs one of the tools that npm installed, in the folder of the `.proto` files. */
export async function run(command, args) {
  const path = `${join(workspaceRoot, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const options = { cwd: protoFolder, env: { ...process.env, PATH: path }, maxBuffer: 64 * 1024 * 1024 };
  return promisify(execFile)(command, args, options);
}

/** Generates into the generated folders below `root`, as if it were the workspace. */
export async function generateInto(root) {
  for (const template of templates) {
    await run('buf', ['generate', '--template', template, '--output', join(root, 'proto')]);
  }
}
