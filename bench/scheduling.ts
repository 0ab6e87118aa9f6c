/**
 * What requests cost each other by the rules alone, in simulated time: the scheduler and the choice of a thread as they are,
 * with threads that take a batch's padded tokens as its time. The same on every machine.
 *
 *     node bench/scheduling.ts [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nextThread } from '../packages/runtime-common/src/inference/next-thread.ts';
import { compareRequests, slow } from '../packages/runtime-common/test/inference/simulated-pool.ts';
import { table } from './cross-encoder/report-table.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

const onlyIdle: typeof nextThread = (threads) => threads.find(({ batches }) => batches === 0);
/** Up to 300 padded tokens at the simulation's speed, so that a second batch waits in the thread. */
const oneBatchMs = 2;
const oneAhead: typeof nextThread = (threads, { waitingBatches }) =>
  onlyIdle(threads, { waitingBatches, shortIsNext: false }) ??
  (waitingBatches <= threads.length ? undefined : threads.find(({ msAhead }) => msAhead < oneBatchMs));

/** As the real choice, but a thread holds one batch of a short request at a time. */
const oneShortBatch: typeof nextThread = (threads, work) => {
  const free = threads.filter(({ urgentTokens }) => urgentTokens === 0);
  return nextThread(threads, { ...work, shortIsNext: false }) ?? (work.shortIsNext ? free[0] : undefined);
};

const policies = {
  'batches ahead, short ones overtake them': {},
  'the same, one batch of a short request in a thread at a time': { choose: oneShortBatch },
  'one batch ahead, nothing overtakes it': { choose: oneAhead, overtaking: false },
  'nothing ahead': { choose: onlyIdle },
  'the first, in a model ten times as slow': { msPerToken: slow },
};
const results = Object.entries(policies).flatMap(([policy, rules]) =>
  [192, 256, 384, 512].map((maxBatchTokens) => ({
    policy,
    maxBatchTokens,
    ...compareRequests(maxBatchTokens, rules),
  })),
);
const head = ['policy', 'tokens', 'together', 'p95 ÷ p95', 'median ÷ median', 'p95 ÷ median', 'own ratio'];
console.log(
  table(
    head,
    results.map((row) => [
      row.policy,
      String(row.maxBatchTokens),
      ...[
        row.togetherToOneByOne,
        row.p95ToP95Alone,
        row.medianToMedianAlone,
        row.p95ToMedianAlone,
        row.p95OfOwnRatios,
      ].map((value) => value.toFixed(2)),
    ]),
  ),
);
const measured = new Date().toISOString().slice(0, 10);
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ measured, simulated: true, results }, null, 2)}\n`);
