import { basename } from 'node:path';

/**
 * What a jest report says of the adapter contract, one row per engine, version and rule.
 *
 * @returns {{ engine: string, version: string, rule: string, result: 'ran' | 'exempt' | 'not run' | 'failed', reason?: string }[]}
 */
export function contractRows({ testResults }) {
  return testResults
    .filter(({ name }) => /[/\\]integration[/\\]contract[/\\]/.test(name))
    .flatMap(({ name, assertionResults, message, status }) => {
      const engine = basename(name, '.test.ts');
      if (assertionResults.length === 0) {
        const reason = status === 'failed' ? message : 'no rule was registered';
        return [{ engine, version: '', rule: 'every rule', result: 'failed', reason: firstLine(reason) }];
      }
      return assertionResults.map((assertion) => rowOf(engine, assertion));
    });
}

function rowOf(engine, { ancestorTitles, title, status, failureMessages }) {
  const version = ancestorTitles.at(-1) ?? '';
  if (status === 'failed') {
    return { engine, version, rule: title, result: 'failed', reason: firstLine(failureMessages[0] ?? '') };
  }
  if (status !== 'passed')
    return { engine, version: '', rule: 'every rule', result: 'not run', reason: title };
  const [, rule, reason] = /^(.*) \(exempt: (.*)\)$/.exec(title) ?? [];
  return rule
    ? { engine, version, rule, result: 'exempt', reason }
    : { engine, version, rule: title, result: 'ran' };
}

/** The rows as a table for a terminal: a line of counts per engine and version, then whatever did not simply run. */
export function contractTable(rows) {
  const results = ['ran', 'exempt', 'not run', 'failed'];
  const groups = Map.groupBy(rows, ({ engine, version }) => (version ? `${engine}: ${version}` : engine));
  const width = Math.max(6, ...[...groups.keys()].map((group) => group.length));
  const line = (first, cells) =>
    `${first.padEnd(width)}  ${cells.map((cell) => String(cell).padStart(8)).join('')}`;
  const counts = [...groups].map(([group, members]) =>
    line(
      group,
      results.map((result) => members.filter((row) => row.result === result).length),
    ),
  );
  const told = rows
    .filter(({ result }) => result !== 'ran')
    .map(({ engine, rule, result, reason }) => `${result}: ${engine}, ${rule}: ${reason}`);
  return [line('contract', results), ...counts, ...new Set(told)].join('\n');
}

function firstLine(text) {
  return text.split('\n', 1)[0].slice(0, 200);
}
