import { expect, test } from '@jest/globals';
import { checkNodeVersion } from '../../src/foundation/check-node-version.ts';

test.each(['22.18.0', '22.19.1', '24.0.0', '100.0.0'])('Node.js %s is new enough', (version) => {
  expect(() => checkNodeVersion(version)).not.toThrow();
});

test.each(['20.20.2', '22.17.9', '18.0.0', ''])('Node.js "%s" is told by its number', (version) => {
  expect(() => checkNodeVersion(version)).toThrow(
    `This is Node.js ${version}, and secondpass needs 22.18 or newer.`,
  );
});
