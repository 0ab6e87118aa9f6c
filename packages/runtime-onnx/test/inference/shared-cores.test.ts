import { afterAll, describe, expect, test } from '@jest/globals';
import { damagedCopy, graphOf, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { SessionPool } from '../../../runtime-common/src/inference/session-pool.ts';
import { SharedCores } from '../../../runtime-common/src/inference/shared-cores.ts';
import { sessionScript } from '../../src/inference/open-session.ts';
import { runBatches } from './run-batches.ts';

const directory = damagedCopy('tiny-bert');
afterAll(removeCopies);

/** Counts how many are taken at once. */
class CountedCores extends SharedCores {
  most = 0;
  taken = 0;
  override take(whenFree: () => void): boolean {
    const got = super.take(whenFree);
    if (got) this.taken += 1;
    this.most = Math.max(this.most, this.taken);
    return got;
  }
  override release(): void {
    this.taken -= 1;
    super.release();
  }
}

const open = (cores: SharedCores, options: Partial<Parameters<typeof SessionPool.open>[0]> = {}) =>
  SessionPool.open({
    origin: 'tiny',
    script: sessionScript,
    settings: { graph: graphOf(directory), preferredOutputs: ['logits'], threads: 1 },
    workers: 2,
    maxBatchTokens: 256,
    joining: true,
    maxQueuedBatches: 4096,
    cores,
    ...options,
  });
const sequences = (count: number, length = 60) =>
  Array.from({ length: count }, (_, index) => ({
    ids: new Int32Array(length).fill(7 + (index % 100)),
    typeIds: new Int32Array(length),
  }));
const read = ({ data }: { data: Float32Array }) => data[0]!;

describe('models that share cores', () => {
  test('run no more threads at once than there are, and answer all', async () => {
    const cores = new CountedCores(1);
    const pools = await Promise.all([open(cores), open(cores), open(cores)]);
    const answers = await Promise.all(
      pools.flatMap((pool) =>
        [20, 1, 7].map((count) => runBatches(pool, { sequences: sequences(count), read })),
      ),
    );
    expect(answers.map(({ length }) => length)).toEqual([20, 1, 7, 20, 1, 7, 20, 1, 7]);
    expect([cores.most, cores.taken, cores.wanted]).toEqual([1, 0, false]);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  test('take turns: a short list of one does not wait for the long list of another', async () => {
    const cores = new SharedCores(1);
    const [one, other] = await Promise.all([open(cores), open(cores)]);
    const order: string[] = [];
    const long = runBatches(one, { sequences: sequences(400), read }).then(() => order.push('long'));
    const short = runBatches(other, { sequences: sequences(4), read }).then(() => order.push('short'));
    await Promise.all([long, short]);
    expect(order).toEqual(['short', 'long']);
    await Promise.all([one.close(), other.close()]);
  });

  test('go on when one that waits gives up, and when one closes', async () => {
    const cores = new CountedCores(1);
    const [one, other, third] = await Promise.all([open(cores), open(cores), open(cores)]);
    const long = runBatches(one, { sequences: sequences(200), read });
    const stop = new AbortController();
    const abandoned = runBatches(other, { sequences: sequences(4), read, signal: stop.signal });
    const last = runBatches(third, { sequences: sequences(4), read });
    stop.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    await expect(last).resolves.toHaveLength(4);
    const refused = expect(long).rejects.toMatchObject({ code: 'closed' });
    await one.close();
    await refused;
    await expect(runBatches(third, { sequences: sequences(4), read })).resolves.toHaveLength(4);
    await Promise.all([other.close(), third.close()]);
    expect(cores.taken).toBe(0);
  });
});

test.each([0, 1.5, Number.NaN, 257])('%p cores are refused', (count) => {
  expect(() => new SharedCores(count)).toThrow(/count is/);
});
