const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
];

/** Two projects: what runs anywhere, and what needs a database engine. */
const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': swc },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/training/'],
});

export default {
  projects: [
    project('unit', ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/scripts/**/*.test.ts']),
    project('integration', ['<rootDir>/integration/**/*.test.ts']),
  ],
  // Loading two models on a busy two-core machine takes seconds, not minutes.
  testTimeout: 60_000,
};
