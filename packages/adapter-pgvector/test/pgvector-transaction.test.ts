import { expect, test } from '@jest/globals';
import { inTransaction } from '../src/pgvector-transaction.ts';

/** A pool of one connection that writes down what it is told; statements with `fail` fail, with `hang` hang. */
function scripted() {
  const log: string[] = [];
  const answer = async (text: string) => {
    log.push(text);
    if (text.includes('hang')) await new Promise(() => {});
    if (text.includes('fail')) throw new Error(`${text} failed`);
    return text.startsWith('BEGIN') ? [{ rows: [] }, { rows: [{ process: 42 }] }] : { rows: [{ text }] };
  };
  const connection = {
    query: answer,
    on: () => log.push('listen'),
    off: () => log.push('unlisten'),
    release: (destroy?: boolean) => void log.push(destroy ? 'destroy' : 'release'),
  };
  const pool = {
    idleCount: 0,
    connect: async () => connection,
    query: async (text: string, values?: unknown[]) => void log.push(`elsewhere: ${text} ${values}`),
  };
  return { log, pool, connection };
}

const settings = ['SET LOCAL a = 1'];
const opening = (mode: string) => `${mode}; SET LOCAL a = 1; SELECT pg_backend_pid() AS process`;

test('on a pool: settings and begin in one round trip, commit, release', async () => {
  const { log, pool } = scripted();
  const rows = await inTransaction(pool, { settings, access: 'read' }, (run) => run({ text: 'SELECT 1' }));
  expect(rows).toEqual([{ text: 'SELECT 1' }]);
  expect(log).toEqual(['listen', opening('BEGIN READ ONLY'), 'SELECT 1', 'COMMIT', 'unlisten', 'release']);
});

test('a failing statement is rolled back and the connection kept', async () => {
  const { log, pool } = scripted();
  const work = inTransaction(pool, { settings, access: 'write' }, (run) => run({ text: 'fail' }));
  await expect(work).rejects.toThrow('fail failed');
  expect(log).toEqual(['listen', opening('BEGIN'), 'fail', 'ROLLBACK', 'unlisten', 'release']);
});

test('aborting closes the connection, cancels on another, and rejects at once with the reason', async () => {
  const { log, pool } = scripted();
  const controller = new AbortController();
  const reason = new Error('enough');
  const work = inTransaction(pool, { settings, access: 'read', signal: controller.signal }, (run) =>
    run({ text: 'hang' }),
  );
  setTimeout(() => controller.abort(reason), 5);
  await expect(work).rejects.toBe(reason);
  expect(log.slice(2)).toEqual(['hang', 'destroy', 'elsewhere: SELECT pg_cancel_backend($1) 42']);
});

test('on one connection transactions take turns, and an aborted one that waits never starts', async () => {
  const { log, connection } = scripted();
  const controller = new AbortController();
  const search = (text: string, signal?: AbortSignal) =>
    inTransaction(connection, { settings: [], access: 'read', signal }, (run) => run({ text }));
  const searches = [search('A'), search('B', controller.signal), search('C')];
  controller.abort(new Error('not B'));
  const outcomes = await Promise.allSettled(searches);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const statements = log.filter((entry) => !entry.endsWith('listen'));
  expect(statements).toEqual(['BEGIN READ ONLY', 'A', 'COMMIT', 'BEGIN READ ONLY', 'C', 'COMMIT']);
});

test("a transaction of the connection's owner is not touched", async () => {
  const { log, connection } = scripted();
  const busy = { ...connection, getTransactionStatus: () => 'T' };
  const work = inTransaction(busy, { settings: [], access: 'read' }, (run) => run({ text: 'SELECT 1' }));
  await expect(work).rejects.toThrow('inside a transaction of its owner');
  expect(log).toEqual([]);
});
