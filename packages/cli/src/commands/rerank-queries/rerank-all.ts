import { type Candidate, type Degradation, type Reranker, rank } from '@secondpass/core';
import { present } from '../../present.ts';
import type { RerankerFlags } from '../open-reranker-of.ts';
import type { Journal, JournalRow } from './journal.ts';
import type { PassageToRerank, QueryToRerank } from './query-to-rerank.ts';

/** Enough that the threads of a model, or a service, never wait for the next query. */
const queriesAtOnce = 4;

/** Queries and failures of the whole job; pairs and degraded answers of this start. */
export interface JobCounts {
  queries: number;
  pairs: number;
  degraded: number;
  failed: number;
}

interface JobParts {
  readonly flags: RerankerFlags;
  readonly reranker: Reranker;
  readonly signal: AbortSignal;
}

/** Reranks several queries at a time and keeps their rows in the job's order. */
export async function rerankAll(
  input: AsyncIterable<QueryToRerank>,
  journal: Journal,
  parts: JobParts,
  onDone: (queries: number) => void,
): Promise<JobCounts> {
  const sum = { queries: 0, pairs: 0, degraded: 0, failed: 0 };
  const running: { readonly row: Promise<JournalRow>; readonly pairs: number }[] = [];
  const keepFirst = async (): Promise<void> => {
    const { row, pairs } = running.shift()!;
    const finished = await row;
    await journal.append(finished);
    sum.pairs += finished.hits ? pairs : 0;
    if (finished.degraded) sum.degraded += 1;
    onDone(sum.queries);
  };
  try {
    for await (const query of input) {
      parts.signal.throwIfAborted();
      sum.queries += 1;
      if (query.failure) sum.failed += 1;
      if (sum.queries <= journal.done) continue;
      const row = rowOf(query, parts);
      row.catch(() => {});
      running.push({ row, pairs: query.query?.passages.length ?? 0 });
      if (running.length >= queriesAtOnce) await keepFirst();
    }
    while (running.length > 0) await keepFirst();
  } catch (error) {
    await Promise.allSettled(running.map(({ row }) => row));
    throw error;
  }
  return sum;
}

async function rowOf(
  { id, where, query, failure }: QueryToRerank,
  { flags, reranker, signal }: JobParts,
): Promise<JournalRow> {
  if (failure || !query) {
    const { code, problem, nextStep } = failure!;
    return { query: id, failure: { where, code, problem, nextStep } };
  }
  const { text, passages } = query;
  const request = {
    query: text,
    passages: passages.map((passage) => passage.text),
    ids: passages.map((passage) => passage.id),
  };
  const degraded: Degradation[] = [];
  const scores = await reranker.score({ ...request, signal, onDegraded: (one) => degraded.push(one) });
  const { topK, minScore, scoreScaling } = flags;
  const hits = rank(
    passages.map(asCandidate),
    scores,
    topK ?? passages.length,
    present({ minScore, scoreScaling }),
  );
  return {
    query: id,
    ...(degraded.length > 0 && { degraded }),
    hits: hits.map(({ rank: place, candidate, score, rawScore }) => ({
      rank: place,
      id: candidate.id,
      score,
      // Without a deadline, every passage has a score.
      rawScore: rawScore!,
    })),
  };
}

function asCandidate({ id, text }: PassageToRerank, index: number): Candidate {
  return { id, text, score: 0, rank: index + 1 };
}
