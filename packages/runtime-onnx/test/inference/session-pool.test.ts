import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { damagedCopy, graphOf, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { SessionPool } from '../../../runtime-common/src/inference/session-pool.ts';
import { sessionScript } from '../../src/inference/open-session.ts';
import { killingToken } from './killing-token.ts';
import { runBatches, runBatchesUntil } from './run-batches.ts';

const directory = damagedCopy('tiny-bert');
afterAll(removeCopies);

const open = (options: Partial<Parameters<typeof SessionPool.open>[0]> = {}) =>
  SessionPool.open({
    origin: 'tiny',
    script: sessionScript,
    settings: { graph: graphOf(directory), preferredOutputs: ['logits'], threads: 1 },
    workers: 1,
    maxBatchTokens: 256,
    joining: true,
    maxQueuedBatches: 4096,
    ...options,
  });
const sequence = (length: number, id: number) => ({
  ids: new Int32Array(length).fill(id),
  typeIds: new Int32Array(length),
});
const read = ({ data }: { data: Float32Array }) => data[0]!;
const sequences = (count: number, length: number, id = 7) =>
  Array.from({ length: count }, (_, index) => sequence(length, id + (index % 100)));

describe('requests at the same time', () => {
  test('get the answers that each of them gets alone', async () => {
    const pool = await open({ workers: 2 });
    const requests = [3, 40, 5, 2, 1, 60, 4].map((count, turn) => sequences(count, 20 + turn, 10 * turn + 5));
    const alone: number[][] = [];
    for (const request of requests) alone.push(await runBatches(pool, { sequences: request, read }));
    const together = await Promise.all(
      requests.map((request) => runBatches(pool, { sequences: request, read })),
    );
    for (const [turn, scores] of together.entries()) {
      for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(alone[turn]![index]!, 5);
    }
    await pool.close();
  });

  test('a short one does not wait for the long ones before it', async () => {
    const pool = await open();
    const order: string[] = [];
    const long = Array.from({ length: 4 }, (_, turn) =>
      runBatches(pool, { sequences: sequences(100, 60), read }).then(() => order.push(`long ${turn}`)),
    );
    const short = runBatches(pool, { sequences: sequences(3, 60), read }).then(() => order.push('short'));
    await Promise.all([...long, short]);
    expect(order[0]).toBe('short');
    await pool.close();
  });

  test('a batch that kills its thread fails alone, whichever batches wait in the thread', async () => {
    const script = new URL('./dying-session.ts', import.meta.url);
    const warnings: string[] = [];
    const pool = await open({ script, joining: false, onWarning: ({ problem }) => warnings.push(problem) });
    // Now the thread is known to be quick, and gets batches ahead.
    await runBatches(pool, { sequences: sequences(40, 60), read });
    const long = [sequences(60, 60), sequences(60, 60)].map((request) =>
      runBatches(pool, { sequences: request, read }),
    );
    const short = [5, killingToken, 9].map((id) => runBatches(pool, { sequences: [sequence(30, id)], read }));
    const outcomes = await Promise.allSettled([...long, ...short]);
    expect(outcomes.map(({ status }) => status).join()).toBe(
      'fulfilled,fulfilled,fulfilled,rejected,fulfilled',
    );
    expect(outcomes[3]).toMatchObject({ reason: { code: 'model-crashed' } });
    expect(warnings).toEqual(['A thread that runs the model ended.']);
    await pool.close();
  });

  test('one that the model fails on does not take along those that shared its batch', async () => {
    const pool = await open();
    // While this one runs, the next three wait and are joined.
    const first = runBatches(pool, { sequences: sequences(8, 30), read });
    const beyondVocabulary = 100_000;
    const outcomes = await Promise.allSettled(
      [5, beyondVocabulary, 9].map((id) => runBatches(pool, { sequences: [sequence(30, id)], read })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'model-output-invalid' } });
    expect(await first).toHaveLength(8);
    await pool.close();
  });

  test('aborting one leaves the others, and no listener on its signal', async () => {
    const pool = await open();
    const controller = new AbortController();
    const other = runBatches(pool, { sequences: sequences(50, 60), read });
    const aborted = runBatches(pool, { sequences: sequences(2000, 60), read, signal: controller.signal });
    const reason = new Error('no longer needed');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(await other).toHaveLength(50);
    const rest = await runBatches(pool, { sequences: sequences(2, 60), read });
    expect(rest).toHaveLength(2);
    await pool.close();
  });
});

describe('opening', () => {
  test('waits for one thread; the others start behind it and take part', async () => {
    const problems: string[] = [];
    const pool = await open({ workers: 3, onWarning: ({ problem }) => problems.push(problem) });
    // The first answer needs no other thread.
    expect(await runBatches(pool, { sequences: sequences(1, 20), read })).toHaveLength(1);
    const scores = await runBatches(pool, { sequences: sequences(400, 60), read });
    expect(scores.every(Number.isFinite)).toBe(true);
    await pool.close();
    expect(problems).toEqual([]);
  });

  test('says why another thread cannot be started, and answers with the first', async () => {
    const copy = damagedCopy('tiny-bert');
    const problems: string[] = [];
    const pool = await open({
      workers: 2,
      settings: { graph: graphOf(copy), preferredOutputs: ['logits'], threads: 1 },
      onWarning: ({ problem }) => problems.push(problem),
    });
    // The second thread has been asked to load the file, and has not begun yet: it starts in a later turn.
    writeFileSync(graphOf(copy), 'not a graph');
    expect(await runBatches(pool, { sequences: sequences(8, 30), read })).toHaveLength(8);
    while (problems.length === 0) await setTimeout(10);
    expect(problems[0]).toContain('cannot be started, and 1 of 2 run');
    await pool.close();
  });
});

describe('a full queue', () => {
  test('refuses the request that does not fit, with the numbers, and goes on with the others', async () => {
    const pool = await open({ maxQueuedBatches: 5 });
    const accepted = runBatches(pool, { sequences: sequences(24, 60), read });
    await expect(runBatches(pool, { sequences: sequences(8, 60), read })).rejects.toMatchObject({
      code: 'overloaded',
      problem: '5 batches are waiting, this request has 2 more, and 5 may wait.',
    });
    expect(await accepted).toHaveLength(24);
    expect(await runBatches(pool, { sequences: sequences(8, 60), read })).toHaveLength(8);
    await pool.close();
  });
});

describe('a deadline', () => {
  test('is answered in time with the best ranked scored and the rest undefined', async () => {
    const pool = await open();
    const all = sequences(10_000, 60);
    // The first batch of a session takes longer than others.
    await runBatches(pool, { sequences: sequences(4, 60), read });
    const deadlineAt = performance.now() + 150;
    // On a busy machine any callback is late: the answer may be a little later than a timer for the same moment.
    const timer = setTimeout(150).then(() => performance.now());
    const scores = await runBatchesUntil(pool, { sequences: all, read, deadlineAt });
    const answered = performance.now();
    expect(answered - Math.max(deadlineAt, await timer)).toBeLessThan(1000);
    const missing = scores.indexOf(undefined);
    expect(missing).toBeGreaterThan(0);
    // Batches of 4; a tier of four batches may be done in part, and nothing beyond it is begun.
    expect(scores.slice(missing + 17).every((score) => score === undefined)).toBe(true);
    // What was dropped takes nobody's time: another request is answered at once.
    expect(await runBatches(pool, { sequences: sequences(2, 60), read })).toHaveLength(2);
    await pool.close();
  });

  test('that is far away changes no score', async () => {
    const pool = await open({ workers: 2 });
    const mixed = Array.from({ length: 60 }, (_, index) => sequence(5 + ((index * 37) % 90), 5 + index));
    const expected = await runBatches(pool, { sequences: mixed, read });
    for (const ahead of [60_000, 1e12]) {
      const deadlineAt = performance.now() + ahead;
      const scores = await runBatchesUntil(pool, { sequences: mixed, read, deadlineAt });
      for (const [index, score] of scores.entries()) expect(score).toBeCloseTo(expected[index]!, 5);
    }
    await pool.close();
  });
});

describe('closing', () => {
  test('with requests running and waiting ends all of them as closed, at any time', async () => {
    for (const delay of [0, 15]) {
      const pool = await open({ workers: 2 });
      const outcomes = Promise.all(
        Array.from({ length: 6 }, () =>
          runBatches(pool, { sequences: sequences(300, 100), read }).catch((error) => error.code),
        ),
      );
      await setTimeout(delay);
      await Promise.all([pool.close(), pool.close()]);
      expect(new Set(await outcomes)).toEqual(new Set(['closed']));
    }
  });

  test('after a thread was lost, and while the next one loads, frees everything', () => {
    const script = join(fileURLToPath(new URL('.', import.meta.url)), 'crash-a-thread.ts');
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, directory], {
      encoding: 'utf8',
      timeout: 50_000,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ again: true, waiting: 'closed', resources: [] });
  });
});
