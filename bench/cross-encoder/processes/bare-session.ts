/**
 * ONNX Runtime with the graph and the batches of ours and nothing around them: what ours adds is what it takes longer.
 * Graph and batches are read off the messages that ours sends its threads in a run whose time does not count.
 */
import { basename } from 'node:path';
import { answerLines, type ScoreRequest } from './answer-lines.ts';
import { BareThreads } from './bare-threads.ts';
import { readSentBatches, watchThreads } from './watch-threads.ts';

const seen = watchThreads();
// Only now, so that its threads are the watched ones.
const { loadCrossEncoder } = await import('@secondpass/core');
let encoder: Awaited<ReturnType<typeof loadCrossEncoder>> | undefined;
let threads: BareThreads | undefined;
let prepared: { readonly request: string; readonly rawScores: readonly number[] } | undefined;

async function prepare({ query, passages }: ScoreRequest): Promise<readonly number[]> {
  const request = JSON.stringify({ query, passages });
  if (prepared?.request === request) return prepared.rawScores;
  seen.messages = [];
  const expected = await encoder!.score({ query, passages });
  const batches = readSentBatches(seen.messages);
  const rows = batches.reduce((sum, { input_ids: ids }) => sum + ids!.dims[0]!, 0);
  if (rows !== passages.length) throw new Error(`ours sent ${rows} pairs that could be read`);
  await threads!.prepare(batches);
  prepared = { request, rawScores: expected.map(({ rawScore }) => rawScore) };
  return prepared.rawScores;
}

await answerLines({
  async load({ directory, precision, threads: count }) {
    prepared = undefined;
    await encoder?.close();
    await threads?.close();
    seen.graphs = [];
    encoder = await loadCrossEncoder(directory, { precision });
    const graph = seen.graphs.at(-1);
    if (graph === undefined) throw new Error('the graph that ours loads was not seen');
    threads = await BareThreads.open(graph, count);
    return { versions: { graph: basename(graph) } };
  },
  async prepare(request) {
    await prepare(request);
    return {};
  },
  async score(request) {
    const rawScores = await prepare(request);
    const { ms, outputs } = await threads!.run();
    prepared = undefined;
    // Rows are in the order of the batches; that the same scores are among them is what can be told.
    const sorted = outputs.flatMap((output) => [...output]).sort((a, b) => a - b);
    const byRank = rawScores.toSorted((a, b) => a - b);
    const apart = Math.max(...sorted.map((score, rank) => Math.abs(score - byRank[rank]!)));
    if (!(apart < 0.5)) throw new Error(`the bare session's scores differ by ${apart}`);
    return { ms, scores: rawScores, scale: 'logit' };
  },
});
