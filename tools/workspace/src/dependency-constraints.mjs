/** Drivers that only the adapter made for each may know. */
const drivers = ['node-rdkafka', '@platformatic/kafka', '@grpc/*', 'undici', '@opentelemetry/sdk-*'];

/**
 * Who may depend on whom, by tag. Constraints of all tags of a project apply together. `boundaries.test.mjs` breaks each on
 * purpose and expects the complaint.
 */
export const dependencyConstraints = [
  // Apps compose libraries, not drivers.
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib'], bannedExternalImports: [...drivers, 'cloudevents'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
  // Suites start apps as processes; they never import them.
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:lib', 'type:tool', 'type:e2e'] },
  { sourceTag: 'layer:core', onlyDependOnLibsWithTags: ['layer:core'], bannedExternalImports: drivers },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:core', 'layer:adapter'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
  { sourceTag: 'scope:data-plane', onlyDependOnLibsWithTags: ['scope:data-plane', 'scope:shared'] },
  { sourceTag: 'scope:control-plane', onlyDependOnLibsWithTags: ['scope:control-plane', 'scope:shared'] },
  // One process that holds both planes, and the suites that look at both from outside.
  {
    sourceTag: 'scope:standalone',
    onlyDependOnLibsWithTags: ['scope:data-plane', 'scope:control-plane', 'scope:shared'],
  },
  { sourceTag: 'scope:e2e', onlyDependOnLibsWithTags: ['scope:e2e', 'scope:shared'] },
  // Libraries of one plane whose tests need what only a suite has: a real API server.
  {
    sourceTag: 'scope:e2e-control-plane',
    onlyDependOnLibsWithTags: ['scope:e2e', 'scope:control-plane', 'scope:shared'],
  },
];

/** Options of `@nx/enforce-module-boundaries`, for the lint configuration and for the test that proves it bites. */
export const boundaryOptions = {
  allow: [],
  depConstraints: dependencyConstraints,
  enforceBuildableLibDependency: true,
  banTransitiveDependencies: true,
};
