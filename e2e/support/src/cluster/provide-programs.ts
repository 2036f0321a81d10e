/** Makes all programs of the test cluster ahead of its first start: `npx nx run e2e-support:binaries`. */
import { clusterPrograms, helmProgram } from './programs.ts';

const programs = { ...(await clusterPrograms()), helm: await helmProgram() };
for (const [name, path] of Object.entries(programs)) console.log(`${name}\t${path}`);
