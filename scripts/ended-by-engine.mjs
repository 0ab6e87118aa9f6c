/**
 * Names of the test files whose process V8 ended by a failed check of its own (SIGTRAP).
 *
 * It happens where a process starts many PGlite databases: V8 loses count of WebAssembly's wrappers
 * (https://github.com/nodejs/node/issues/64500, seen in Node 24.9 and 24.18). No code of ours ends a process by this signal.
 */
export function endedByEngine({ testResults }) {
  return testResults
    .filter(({ status, assertionResults, message }) => {
      const didNotRun = status === 'failed' && assertionResults.length === 0;
      return didNotRun && message.includes('terminated by another process: signal=SIGTRAP');
    })
    .map(({ name }) => name);
}

/**
 * The results of jest with those of the files that ran again in place of their first ones, which counted no test.
 */
export function withRepeated(results, repeated) {
  const again = new Map(repeated.testResults.map((result) => [result.name, result]));
  const sum = (count) => results[count] + repeated[count];
  return {
    ...results,
    testResults: results.testResults.map((result) => again.get(result.name) ?? result),
    numPassedTests: sum('numPassedTests'),
    numFailedTests: sum('numFailedTests'),
    numPendingTests: sum('numPendingTests'),
    numTodoTests: sum('numTodoTests'),
    numRuntimeErrorTestSuites: sum('numRuntimeErrorTestSuites') - again.size,
  };
}
