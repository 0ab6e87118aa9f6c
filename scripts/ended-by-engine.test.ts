import { expect, test } from '@jest/globals';
import { endedByEngine, withRepeated } from './ended-by-engine.mjs';

const ended = (name: string, signal: string) => ({
  name,
  status: 'failed',
  assertionResults: [],
  message: `A jest worker process (pid=1) was terminated by another process: signal=${signal}, exitCode=null.`,
});
const ran = (name: string, status: string) => ({
  name,
  status,
  message: status === 'failed' ? 'was terminated by another process: signal=SIGTRAP' : '',
  assertionResults: [{ title: 'a test', status }],
});
const first = {
  testResults: [
    ran('a.test.ts', 'passed'),
    ended('b.test.ts', 'SIGTRAP'),
    ended('c.test.ts', 'SIGABRT'),
    ran('d.test.ts', 'failed'),
  ],
  numPassedTests: 1,
  numFailedTests: 1,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 2,
};

test('only a file that V8 itself ended runs again; an abort, and a test that failed, stand', () => {
  expect(endedByEngine(first)).toEqual(['b.test.ts']);
});

test.each([
  ['passed', { numPassedTests: 2, numFailedTests: 1 }],
  ['failed', { numPassedTests: 1, numFailedTests: 2 }],
])('a file that ran again and %s counts as it ended then', (status, counts) => {
  const passed = status === 'passed';
  const repeated = {
    testResults: [ran('b.test.ts', status)],
    numPassedTests: passed ? 1 : 0,
    numFailedTests: passed ? 0 : 1,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
  };
  const merged = withRepeated(first, repeated);
  expect(merged).toMatchObject({ ...counts, numRuntimeErrorTestSuites: 1 });
  expect(merged.testResults[1]).toEqual(ran('b.test.ts', status));
});

test('a file that V8 ended again stays failed', () => {
  const repeated = {
    ...first,
    testResults: [ended('b.test.ts', 'SIGTRAP')],
    numPassedTests: 0,
    numFailedTests: 0,
  };
  expect(withRepeated(first, { ...repeated, numRuntimeErrorTestSuites: 1 }).numRuntimeErrorTestSuites).toBe(
    2,
  );
});
