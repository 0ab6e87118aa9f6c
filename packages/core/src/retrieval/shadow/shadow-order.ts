import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { type RerankStageRequest, rerankStage } from '../pipeline/rerank-stage.ts';
import type { ShadowOutcome } from './shadow-mode.ts';

/** All candidates in the order that stage 2 would have given them, or what it failed with; never rejects. */
export async function shadowOrder(request: Omit<RerankStageRequest, 'onDegraded'>): Promise<ShadowOutcome> {
  try {
    const { hits } = await rerankStage({
      ...request,
      topK: request.candidates.length,
      // Hits left out would be missing from the comparison, not displaced.
      rankOptions: { ...(request.rankOptions.blend !== undefined && { blend: request.rankOptions.blend }) },
      onRerankFailure: 'throw',
      onDegraded: () => {},
    });
    return {
      order: hits.map(({ rank, rawScore, candidate }) => ({
        id: candidate.id,
        rank,
        stage1Rank: candidate.rank,
        stage1Score: candidate.score,
        ...(rawScore !== undefined && { rawScore }),
      })),
    };
  } catch (error) {
    const code = RetrievalError.is(error) ? error.code : 'aborted';
    return { failure: { code, message: error instanceof Error ? error.message : describeValue(error) } };
  }
}
