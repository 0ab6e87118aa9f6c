import { type AskedBy, askedBy } from '../../foundation/asked-by.ts';
import { readableText } from '../../foundation/check-text.ts';
import type { Closable } from '../../foundation/closable.ts';
import { untilDeadline } from '../../foundation/until-deadline.ts';
import { checkRerankRequest } from '../../retrieval/seams/check-rerank-request.ts';
import type { DefaultBlend, PassageScore, Reranker, RerankRequest } from '../../retrieval/seams/reranker.ts';
import type { Precision } from '../model-directory/model-directory.ts';
import type { ModelManifest } from '../model-directory/model-manifest.ts';
import type { ModelSession, OutputRow } from '../runtime/model-session.ts';
import type { OnWarning } from '../runtime/model-warning.ts';
import type { TokenSequence } from '../runtime/token-sequence.ts';
import type { Tokenizer } from '../runtime/tokenizer.ts';
import type { CrossEncoderHead } from './head.ts';
import {
  combinePieces,
  countUnread,
  type LongPassageSettings,
  type Piece,
  planPieces,
} from './long-passages.ts';
import { joinPair, type PairLayout, type UncutPair } from './pair-layout.ts';
import { checkProbedPairs, type ProbedPair, probePassages, probeQueries } from './probe.ts';
import { constantScore, probabilityOf, readRawScore } from './scores.ts';

export interface CrossEncoderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly manifest: ModelManifest;
  readonly precision: Precision;
  readonly head: CrossEncoderHead;
  readonly maxTokens: number;
  readonly longPassages: LongPassageSettings;
  readonly layout: PairLayout;
  /** The layout's tokenizer; closed with the model. */
  readonly tokenizer: Tokenizer;
  readonly session: ModelSession;
  readonly onWarning: OnWarning | undefined;
}

/**
 * Stage 2 by a local model that reads query and passage together (Nogueira & Cho 2019, "Passage Re-ranking with BERT").
 * Made by {@link loadCrossEncoder}.
 *
 * @example
 * import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker: CrossEncoder = await loadCrossEncoder(modelDirectory('small'));
 * const passages = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
 * const [yeast, harbor] = await reranker.score({ query: 'why does bread rise', passages });
 * yeast!.score > harbor!.score; // → true
 */
export class CrossEncoder implements Reranker, Closable {
  readonly name: string;
  /** A digest of the graph, the tokenizer, the head and the settings for long texts. */
  readonly fingerprint: string;
  /** What the model's files state (scale, limit, prompt); its `secondpass.json` overrides the others. */
  readonly manifest: ModelManifest;
  /** What its `secondpass.json` states. */
  readonly defaultBlend?: DefaultBlend;
  /** Callers take turns, a batch at a time. */
  readonly sharesBetweenCallers = true;
  /** The precision of its computation. It is `fp32` if int8 is only the default and cannot be made. */
  readonly precision: Precision;
  /** Longest pair in tokens, special ones included. */
  readonly maxTokens: number;
  readonly #parts: CrossEncoderParts;
  #warned = false;

  constructor(parts: CrossEncoderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.manifest = parts.manifest;
    if (parts.manifest.blend) this.defaultBlend = parts.manifest.blend;
    this.precision = parts.precision;
    this.maxTokens = parts.maxTokens;
    this.#parts = parts;
  }

  /**
   * With a `deadline`, passages that were not read in time are `null`; a passage in chunks counts as read only when
   * all its chunks are.
   *
   * @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options`, `model-output-invalid` for a
   * number that is not finite, `overloaded`, `closed`; or the signal's reason
   */
  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    checkRerankRequest(request, this.name);
    const { query, passages, signal, deadlineAt } = request;
    if (passages.length === 0) return [];
    const { layout, longPassages, maxTokens } = this.#parts;
    const read = passages.map(readableText);
    const layOut = (either?: AbortSignal) => layout.layOut(query, read, either, request);
    const laidOut =
      deadlineAt === undefined ? await layOut(signal) : await untilDeadline(layOut, deadlineAt, signal);
    if (!laidOut) return passages.map(() => null);
    const { pairs, queryTokensCut } = laidOut;
    const plans = pairs.map(({ before, passage, after }) =>
      planPieces(passage.length, maxTokens - before.ids.length - after.ids.length, longPassages),
    );
    const sequences = plans.flatMap((pieces, index) =>
      pieces.map((piece) => joinPair(pairs[index]!, pairs[index]!.passage, piece)),
    );
    const rawScores = await this.#run(sequences, request);
    this.#warnOfConstant(sequences, rawScores);
    let next = 0;
    return Promise.all(
      plans.map((pieces, index) => {
        const scores = rawScores.slice(next, next + pieces.length);
        next += pieces.length;
        return scores.every(isScored) ? this.#join(pairs[index]!, pieces, scores, queryTokensCut) : null;
      }),
    );
  }

  /** @throws RetrievalError `model-output-invalid` when made-up pairs show that the model does not read both texts */
  async probe(signal?: AbortSignal): Promise<void> {
    const probed: ProbedPair[] = [];
    for (const query of probeQueries) {
      const passages = query === probeQueries[0] ? probePassages : probePassages.slice(0, 1);
      const { pairs } = await this.#parts.layout.layOut(query, passages, signal);
      for (const [index, pair] of pairs.entries()) {
        const room = Math.max(0, this.maxTokens - pair.before.ids.length - pair.after.ids.length);
        const sequence = joinPair(pair, pair.passage, [[0, Math.min(room, pair.passage.length)]]);
        probed.push({ query, passage: passages[index]!, sequence, rawScore: 0 });
      }
    }
    const rawScores = await this.#run(
      probed.map(({ sequence }) => sequence),
      signal ? { signal } : {},
    );
    checkProbedPairs(
      probed.map((pair, index) => ({ ...pair, rawScore: rawScores[index]! })),
      this.name,
    );
  }

  async close(): Promise<void> {
    const { session, tokenizer } = this.#parts;
    await Promise.all([session.close(), tokenizer.close?.()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A saturated model gives one score to different passages, and so does a broken one: the probe tells them apart. */
  #warnOfConstant(sequences: readonly TokenSequence[], rawScores: readonly (number | undefined)[]): void {
    const { onWarning, name } = this.#parts;
    if (this.#warned || !onWarning) return;
    const read = sequences.filter((_, index) => rawScores[index] !== undefined);
    const warning = constantScore(rawScores.filter(isScored), () => countDistinct(read), name);
    if (!warning) return;
    this.#warned = true;
    onWarning(warning);
  }

  /** The scores of a passage's pieces → its one score. */
  async #join(
    pair: UncutPair,
    pieces: readonly Piece[],
    rawScores: readonly number[],
    queryTokensCut: number,
  ): Promise<PassageScore> {
    const { head, longPassages } = this.#parts;
    const { rawScore, best } = combinePieces(rawScores, longPassages);
    const score = {
      score: probabilityOf(rawScore, head.scale),
      rawScore,
      tokensCut: countUnread(pair.passage.length, pieces),
      ...(queryTokensCut > 0 && { queryTokensCut }),
    };
    if (pieces.length === 1) return score;
    const { starts, ends } = await pair.locate();
    const [first, last] = pieces[best]![0]!;
    const chunk = { number: best + 1, count: pieces.length, start: starts[first]!, end: ends[last - 1]! };
    return { ...score, chunk };
  }

  async #run(
    sequences: readonly TokenSequence[],
    asked: Pick<RerankRequest, keyof AskedBy | 'signal' | 'deadlineAt'>,
  ): Promise<readonly (number | undefined)[]> {
    const { session, head, name } = this.#parts;
    return session.run({
      sequences,
      read: (row: OutputRow) => readRawScore(row, head, name),
      signal: asked.signal,
      deadlineAt: asked.deadlineAt,
      ...askedBy(asked),
    });
  }
}

function countDistinct(sequences: readonly TokenSequence[]): number {
  return new Set(sequences.map(({ ids }) => ids.join())).size;
}

function isScored(rawScore: number | undefined): rawScore is number {
  return rawScore !== undefined;
}
