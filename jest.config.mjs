const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
];

/** Unit tests read the packages' sources, so that a class is one class, and a test needs no build of what it tests. */
const sources = {
  '^@secondpass/core/testing$': '<rootDir>/packages/core/src/testing/index.ts',
  '^@secondpass/([^/]+)/(.+)$': '<rootDir>/packages/$1/src/entries/$2.ts',
  '^@secondpass/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
};

/** Two projects: what runs anywhere, and what needs a database engine. */
const project = (displayName, testMatch, moduleNameMapper = {}) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': swc },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/training/'],
  moduleNameMapper,
});

export default {
  projects: [
    project('unit', ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/scripts/**/*.test.ts'], sources),
    project('integration', ['<rootDir>/integration/**/*.test.ts']),
  ],
  // Against a test that hangs; a machine that is shared with others may be ten times slower than an idle one.
  testTimeout: 240_000,
};
