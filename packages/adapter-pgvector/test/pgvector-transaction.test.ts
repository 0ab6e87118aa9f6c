import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { inTransaction } from '../src/pgvector-transaction.ts';

/** A pool of one connection that writes down what it is told; statements with `fail` fail, with `hang` hang. */
function scripted() {
  const log: string[] = [];
  const answer = async (statement: string | { readonly text: string }) => {
    const text = typeof statement === 'string' ? statement : statement.text;
    log.push(text);
    if (text.includes('hang')) await new Promise(() => {});
    if (text.includes('fail')) throw new Error(`${text} failed`);
    return text.startsWith('BEGIN')
      ? [{ rows: [] }, { rows: [{ process: 42, began: '7.5' }] }]
      : { rows: [{ text }] };
  };
  const connection = {
    query: async (statement: string | { readonly text: string }, values?: unknown[]) => {
      const { text } = typeof statement === 'string' ? { text: statement } : statement;
      // A cancellation goes through another connection of the pool.
      if (!text.includes('pg_cancel_backend')) return answer(statement);
      log.push(`cancel ${JSON.stringify(values)}`);
      return { rows: [] };
    },
    on: () => log.push('listen'),
    off: () => log.push('unlisten'),
    release: (destroy?: boolean) => void log.push(destroy ? 'destroy' : 'release'),
  };
  const pool = {
    idleCount: 0,
    connect: async () => connection,
    query: answer,
  };
  return { log, pool, connection };
}

const settings = ['SET LOCAL a = 1'];
const opening = (mode: string) =>
  `${mode}; SET LOCAL a = 1; SELECT pg_backend_pid() AS process, extract(epoch FROM now())::text AS began`;

test('on a pool: settings and begin in one round trip; a read does not wait for its COMMIT', async () => {
  const { log, pool, connection } = scripted();
  const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
  const query: typeof connection.query = async (statement, values) => {
    const answer = await connection.query(statement, values);
    if (statement === 'COMMIT') await committed;
    return answer;
  };
  const slow = { ...pool, connect: async () => ({ ...connection, query }) };
  const rows = await inTransaction(slow, { settings, access: 'read' }, (run) => run({ text: 'SELECT 1' }));
  expect(rows).toEqual([{ text: 'SELECT 1' }]);
  expect(log.at(-1)).toBe('COMMIT');
  commit();
  await nextTurn();
  expect(log).toEqual(['listen', opening('BEGIN READ ONLY'), 'SELECT 1', 'COMMIT', 'unlisten', 'release']);
});

test('a failing statement is rolled back and the connection kept', async () => {
  const { log, pool } = scripted();
  const work = inTransaction(pool, { settings, access: 'write' }, (run) => run({ text: 'fail' }));
  await expect(work).rejects.toThrow('fail failed');
  await nextTurn();
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
  await nextTurn();
  expect(log.slice(2)).toEqual(['hang', 'destroy', 'listen', 'cancel [[42],["7.5"]]', 'unlisten', 'release']);
});

test('aborting before the process is known closes the connection at once', async () => {
  const { log, pool } = scripted();
  const controller = new AbortController();
  const options = { settings: ['hang'], access: 'read', signal: controller.signal } as const;
  const work = inTransaction(pool, options, (run) => run({ text: 'SELECT 1' }));
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await expect(work).rejects.toThrow('enough');
  await nextTurn();
  expect(log.at(-1)).toBe('destroy');
  expect(log.join()).not.toContain('cancel');
});

test('what a pipelining connection has sent behind BEGIN is canceled once the process is known', async () => {
  const { log, pool, connection } = scripted();
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const query = async (text: string, values?: unknown[]) => {
    if (!text.startsWith('BEGIN')) return connection.query(text, values);
    await told;
    return [{ rows: [{ process: 7, began: '7.5' }] }];
  };
  const stream = { destroy: () => log.push('disconnect') };
  let first = true;
  const pipelining = {
    ...pool,
    connect: async () => {
      const mine = first;
      first = false;
      return mine ? { ...connection, query, pipeline: true, connection: { stream } } : connection;
    },
  };
  const controller = new AbortController();
  const options = { settings: [], access: 'read', signal: controller.signal } as const;
  const work = inTransaction(pipelining as never, options, (run) => run({ text: 'hang', last: true }));
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await expect(work).rejects.toThrow('enough');
  expect(log.slice(-1)).toEqual(['destroy']);
  tell();
  await nextTurn();
  expect(log.slice(log.indexOf('destroy'))).toEqual(
    expect.arrayContaining(['disconnect', 'cancel [[7],["7.5"]]', 'release']),
  );
});

test('a read on a silent server ends at its limit, and a single connection says so to the next', async () => {
  const { log, pool, connection } = scripted();
  const search = (client: typeof pool | typeof connection) =>
    inTransaction(client, { settings: [], access: 'read', limitMs: 20 }, (run) => run({ text: 'hang' }));
  await expect(search(pool)).rejects.toThrow('PostgreSQL did not answer within 20 ms');
  expect(log).toContain('destroy');
  const [first, second] = [search(connection), search(connection)];
  second.catch(() => {});
  await expect(first).rejects.toThrow('within 20 ms');
  await expect(search(connection)).rejects.toThrow('did not answer the previous transaction');
});

test('a pipelining connection gets all three at once, and no ROLLBACK where there is nothing left to roll back', async () => {
  const { log, pool, connection } = scripted();
  const pipelining = { ...pool, connect: async () => ({ ...connection, pipeline: true }) };
  const last = (text: string) =>
    inTransaction(pipelining, { settings, access: 'read' }, (run) => run({ text, last: true }));
  await last('SELECT 1');
  await expect(last('fail')).rejects.toThrow('fail failed');
  await nextTurn();
  const statements = log.filter((entry) => !/listen|release/.test(entry));
  const begin = opening('BEGIN READ ONLY');
  expect(statements).toEqual([begin, 'SELECT 1', 'COMMIT', begin, 'fail', 'COMMIT']);
});

test('a setting that is refused is what the transaction fails for', async () => {
  const { pool } = scripted();
  const work = inTransaction(pool, { settings: ['SET fail'], access: 'read' }, (run) =>
    run({ text: 'fail' }),
  );
  await expect(work).rejects.toThrow('SET fail');
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
  const begin = opening('BEGIN READ ONLY').replace(' SET LOCAL a = 1;', '');
  expect(statements).toEqual([begin, 'A', 'COMMIT', begin, 'C', 'COMMIT']);
});

test("a transaction of the connection's owner is not touched", async () => {
  const { log, connection } = scripted();
  const busy = { ...connection, getTransactionStatus: () => 'T' };
  const work = inTransaction(busy, { settings: [], access: 'read' }, (run) => run({ text: 'SELECT 1' }));
  await expect(work).rejects.toThrow('inside a transaction of the caller');
  expect(log).toEqual([]);
});
