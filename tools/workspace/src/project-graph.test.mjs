import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const workspaceRoot = resolve(fileURLToPath(import.meta.url), '../../../..');
let graph;

before(() => {
  const folder = mkdtempSync(join(tmpdir(), 'project-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const nx = join(workspaceRoot, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
    execFileSync(process.execPath, [nx, 'graph', `--file=${file}`], { cwd: workspaceRoot, stdio: 'pipe' });
    graph = JSON.parse(readFileSync(file, 'utf8')).graph;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const targetsOf = (project) =>
  graph.dependencies[project].map(({ target }) => target).filter((target) => target in graph.nodes);
const rootOf = (project) => graph.nodes[project].data.root;

test('apps depend on libraries only', () => {
  const apps = Object.keys(graph.nodes).filter((project) => rootOf(project).startsWith('apps/'));
  assert.deepEqual(apps.sort(), ['controller', 'dispatcher', 'receiver', 'smoke-test', 'standalone']);
  for (const app of apps) {
    for (const target of targetsOf(app)) assert.match(rootOf(target), /^libs\//, `${app} depends on ${target}`);
  }
});

test('no project depends on itself by any way', () => {
  const finished = new Set();
  const visit = (project, path) => {
    assert.ok(!path.includes(project), `cycle: ${[...path, project].join(' → ')}`);
    if (finished.has(project)) return;
    for (const target of targetsOf(project)) visit(target, [...path, project]);
    finished.add(project);
  };
  for (const project of Object.keys(graph.nodes)) visit(project, []);
});

test('every project says what it is by its tags', () => {
  for (const [project, { data }] of Object.entries(graph.nodes)) {
    const kinds = (data.tags ?? []).filter((tag) => tag.startsWith('type:'));
    assert.equal(kinds.length, 1, `${project} has the tags ${data.tags}`);
    assert.equal(
      (data.tags ?? []).filter((tag) => tag.startsWith('scope:')).length,
      1,
      `${project} has the tags ${data.tags}`,
    );
    if (kinds[0] === 'type:lib')
      assert.equal(data.tags.filter((tag) => tag.startsWith('layer:')).length, 1, `${project} has no layer`);
  }
});
