/** Generates the TypeScript of the `.proto` files into the libraries, replacing what is there. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generateInto, generatedFolders, workspaceRoot } from './generated.mjs';

for (const folder of generatedFolders) await rm(join(workspaceRoot, folder), { recursive: true, force: true });
await generateInto(workspaceRoot);
