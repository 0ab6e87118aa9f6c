import type { Embedder } from '@secondpass/core';

/** Passages that are compared before the lists are cut again. */
const block = 500;

export interface ExactRequest {
  readonly passages: Iterable<{ readonly id: string; readonly text: string }>;
  readonly queries: readonly string[];
  readonly embedder: Embedder;
  readonly depth: number;
  /** Numbers of passages after which the lists are wanted, ascending. */
  readonly sizes: readonly number[];
}

/** For each size, for each query: ids of the nearest passages among the first so many, by comparing with each of them. */
export async function nearestExactly(request: ExactRequest): Promise<Map<number, string[][]>> {
  const { passages, queries, embedder, depth, sizes } = request;
  const queryVectors = await embedder.embed({ texts: queries, kind: 'query' });
  const lists = queryVectors.map((vector) => ({ vector, found: [] as Found[], least: -Infinity }));
  const answers = new Map<number, string[][]>();
  let waiting: { readonly id: string; readonly text: string }[] = [];
  let done = 0;

  const compare = async () => {
    const vectors = await embedder.embed({ texts: waiting.map(({ text }) => text), kind: 'passage' });
    for (const list of lists) {
      for (const [index, vector] of vectors.entries()) {
        const score = dotProduct(list.vector, vector);
        if (score > list.least) list.found.push({ id: waiting[index]!.id, score });
      }
      list.found = list.found.sort((a, b) => b.score - a.score).slice(0, depth);
      if (list.found.length === depth) list.least = list.found.at(-1)!.score;
    }
    waiting = [];
  };

  for (const passage of passages) {
    waiting.push(passage);
    done += 1;
    const isWanted = sizes.includes(done);
    if (waiting.length === block || isWanted) await compare();
    if (isWanted)
      answers.set(
        done,
        lists.map(({ found }) => found.map(({ id }) => id)),
      );
  }
  return answers;
}

interface Found {
  readonly id: string;
  readonly score: number;
}

/** Four sums, because one after another would wait for the one before. */
function dotProduct(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let place = 0; place < a.length; place += 4) {
    s0 += a[place]! * b[place]!;
    s1 += a[place + 1]! * b[place + 1]!;
    s2 += a[place + 2]! * b[place + 2]!;
    s3 += a[place + 3]! * b[place + 3]!;
  }
  return s0 + s1 + s2 + s3;
}

/** The share of the exact list that the other list holds, in any order. */
export function recallOf(found: readonly string[], exact: readonly string[]): number {
  const there = new Set(found);
  return exact.filter((id) => there.has(id)).length / exact.length;
}
