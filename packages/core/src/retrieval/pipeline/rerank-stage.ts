import { type AskedBy, askedBy } from '../../foundation/asked-by.ts';
import { isReadable, readableText } from '../../foundation/check-text.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import { untilDeadline } from '../../foundation/until-deadline.ts';
import { checkScores } from '../ranking/check-scores.ts';
import type { RankOptions } from '../ranking/rank-options.ts';
import { countBelow, keepStage1Order, type Ranking, rank } from '../ranking/ranking.ts';
import { weightOfBest } from '../ranking/tiers.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { OnDegraded } from '../seams/degradation.ts';
import type { PassageScore, Reranker } from '../seams/reranker.ts';
import { weightFor } from './default-blend.ts';

export interface RerankStageRequest extends AskedBy {
  readonly query: string;
  readonly candidates: readonly Candidate[];
  readonly topK: number;
  readonly rankOptions: RankOptions;
  /** The fingerprint of the embedder whose cosine the candidates' score is; absent for another score. */
  readonly cosineOf?: string;
  readonly reranker: Reranker;
  readonly onRerankFailure: 'throw' | 'keep-stage-1';
  readonly signal: AbortSignal;
  /** When to answer with the scores so far, on the clock of `performance.now()`; absent: wait for all scores. */
  readonly deadlineAt?: number;
  readonly onDegraded: OnDegraded;
}

export type RerankOutcome = Pick<Ranking, 'hits' | 'rerankedBy' | 'belowMinScore' | 'blend'>;

/**
 * How many milliseconds before the deadline the reranker is asked to stop: ranking and the event loop need that time.
 * A reranker that does not stop by itself is abandoned at the deadline.
 */
const marginMs = 5;

/** Stage 2 of one query: scores, then the order; or stage 1's order if the policy says so. */
export async function rerankStage(request: RerankStageRequest): Promise<RerankOutcome> {
  const { candidates, topK, reranker, onRerankFailure, signal, onDegraded } = request;
  const stage1 = () => ({ hits: keepStage1Order(candidates, topK), rerankedBy: null });
  try {
    const scores = candidates.length === 0 ? [] : await scoresOfReadable(request);
    if (scores === undefined) return stage1();
    const rankOptions = blended(request);
    const blend = weightOfBest(scores, rankOptions);
    return {
      hits: rank(candidates, scores, topK, rankOptions),
      rerankedBy: reranker.name,
      ...(blend && { blend }),
      ...(rankOptions.minScore !== undefined && { belowMinScore: countBelow(scores, rankOptions) }),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    if (onRerankFailure === 'throw') throw asRerankFailure(error, reranker.name);
    onDegraded({ stage: 'rerank', reason: reasonOf(error) });
    return stage1();
  }
}

/** The options with the reranker's own weight, unless the caller states one or the scores bring their own. */
function blended({ rankOptions, cosineOf, reranker }: RerankStageRequest): RankOptions {
  const weight = weightFor(reranker, cosineOf);
  return rankOptions.blend === undefined && weight > 0 ? { ...rankOptions, blend: weight } : rankOptions;
}

/** How many ids a reason lists; the others are only counted. */
const mostNamed = 10;

/**
 * One score per candidate, `null` for those without readable text or not scored in time: one row without text must
 * not fail the others. `undefined` if none was scored.
 */
async function scoresOfReadable(
  request: RerankStageRequest,
): Promise<readonly (PassageScore | null)[] | undefined> {
  const { candidates, onDegraded } = request;
  const readable = [...candidates.keys()].filter((index) => isReadable(candidates[index]!.text));
  if (readable.length < candidates.length) {
    const blank = candidates.filter(({ text }) => !isReadable(text)).map(({ id }) => JSON.stringify(id));
    const named = blank.slice(0, mostNamed).join(', ');
    const more = blank.length > mostNamed ? ` and ${blank.length - mostNamed} more` : '';
    onDegraded({ stage: 'rerank', reason: `Candidates without text were not scored: ${named}${more}.` });
  }
  if (readable.length === 0) return undefined;
  const scores = await scoresInTime({
    ...request,
    candidates: readable.map((index) => ({
      ...candidates[index]!,
      text: readableText(candidates[index]!.text),
    })),
  });
  if (!scores) return undefined;
  const places = new Map(readable.map((index, place) => [index, scores[place]!]));
  return candidates.map((_, index) => places.get(index) ?? null);
}

/** One score per candidate, `null` for those not scored in time; `undefined` if none was. */
async function scoresInTime(
  request: RerankStageRequest,
): Promise<readonly (PassageScore | null)[] | undefined> {
  const { query, candidates, reranker, cosineOf, rankOptions, signal, deadlineAt, onDegraded } = request;
  let told = false;
  const asked = {
    query,
    passages: candidates.map(({ text }) => text),
    ids: candidates.map(({ id }) => id),
    stage1: {
      scores: candidates.map(({ score }) => score),
      ...(cosineOf !== undefined && { cosineOf }),
      ...(rankOptions.blend !== undefined && { blend: rankOptions.blend }),
    },
    ...askedBy(request),
    onDegraded: (degradation: Parameters<OnDegraded>[0]) => {
      told = true;
      onDegraded(degradation);
    },
  };
  const scores =
    deadlineAt === undefined
      ? await untilAborted(reranker.score({ ...asked, signal }), signal)
      : await untilDeadline(
          (either) =>
            untilAborted(
              reranker.score({ ...asked, signal: either, deadlineAt: deadlineAt - marginMs }),
              either,
            ),
          deadlineAt,
          signal,
        );
  if (scores) checkScores(scores, candidates.length, reranker.name, deadlineAt !== undefined);
  const scored = scores?.filter((score) => score !== null).length ?? 0;
  if (scored < candidates.length && !told) {
    onDegraded({
      stage: 'rerank',
      reason: `${scored} of ${candidates.length} candidates were scored in time.`,
    });
  }
  return scored === 0 ? undefined : scores;
}

/** Without the next step, which is meant for a failed call; this one was answered. */
function reasonOf(error: unknown): string {
  if (RetrievalError.is(error)) return `${error.origin}: ${error.problem}`;
  return error instanceof Error ? error.message : describeValue(error);
}

function asRerankFailure(error: unknown, name: string): unknown {
  if (RetrievalError.is(error)) return error;
  return new RetrievalError({
    code: 'rerank-failed',
    origin: name,
    problem: error instanceof Error ? error.message : describeValue(error),
    nextStep: "See the cause; onRerankFailure: 'keep-stage-1' answers in stage-1 order instead.",
    cause: error,
  });
}
