import { checkPassages, checkQuery } from '../check-text.ts';
import { checkEncoderOptions, type EncoderOptions } from '../inference/encoder-options.ts';
import { runBatches } from '../inference/run-batches.ts';
import { SessionPool } from '../inference/session-pool.ts';
import { openModelDirectory } from '../model-directory/model-directory.ts';
import { readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import type { ModelManifest, ScoreScale } from '../model-directory/model-manifest.ts';
import type { PassageScore, Reranker, RerankRequest } from '../reranker.ts';
import { RetrievalError } from '../retrieval-error.ts';
import { type PairTemplate, Tokenizer } from '../tokenizer/tokenizer.ts';
import { buildPair, type Pair, templateTokens } from './pairs.ts';
import { readScoreScale } from './score-scale.ts';
import { normalise, readRawScore, refuseConstant } from './scores.ts';

interface CrossEncoderParts {
  readonly name: string;
  readonly manifest: ModelManifest;
  readonly scale: ScoreScale;
  readonly maxTokens: number;
  readonly maxBatchTokens: number;
  readonly template: PairTemplate;
  readonly tokenizer: Tokenizer;
  readonly pool: SessionPool;
}

/** Passage tokens that a query must leave room for, in a model that reads at least four times as many. */
const leastPassageTokens = 64;

/**
 * Stage 2 by a local model that reads query and passage together (Nogueira & Cho 2019, "Passage Re-ranking with BERT").
 * Made by {@link loadCrossEncoder}.
 */
export class CrossEncoder implements Reranker {
  readonly name: string;
  /** What `secondpass.json` says; empty where there is none. */
  readonly manifest: ModelManifest;
  /** Longest pair in tokens, special ones included. */
  readonly maxTokens: number;
  readonly #parts: CrossEncoderParts;

  constructor(parts: CrossEncoderParts) {
    this.name = parts.name;
    this.manifest = parts.manifest;
    this.maxTokens = parts.maxTokens;
    this.#parts = parts;
  }

  /**
   * @throws RetrievalError `invalid-query` or `invalid-passage` (the query may take all but 64 tokens of `maxTokens`),
   * `model-output-invalid` for NaN and for one score for all, `overloaded`, `closed`; or the signal's reason
   */
  async score({ query, passages, signal }: RerankRequest): Promise<readonly PassageScore[]> {
    signal?.throwIfAborted();
    checkQuery(query, this.name);
    checkPassages(passages, this.name);
    if (passages.length === 0) return [];
    const { pool, scale, maxBatchTokens, name } = this.#parts;
    const pairs = await this.#pairs(query, passages, signal);
    const rawScores = await runBatches(
      pool,
      pairs,
      maxBatchTokens,
      (row) => readRawScore(row, scale, name),
      signal,
    );
    refuseConstant(rawScores, () => countDistinct(pairs), name);
    return rawScores.map((rawScore, index) => ({
      score: normalise(rawScore, scale),
      rawScore,
      tokensCut: pairs[index]!.tokensCut,
    }));
  }

  async close(): Promise<void> {
    await this.#parts.pool.close();
  }

  async #pairs(query: string, passages: readonly string[], signal?: AbortSignal): Promise<Pair[]> {
    const { tokenizer, template, maxTokens } = this.#parts;
    const [queryIds, ...passageIds] = await tokenizer.encode([query, ...passages], signal);
    const room =
      maxTokens - templateTokens(template) - Math.min(leastPassageTokens, Math.floor(maxTokens / 4));
    if (queryIds!.length > room) {
      throw new RetrievalError({
        code: 'invalid-query',
        origin: this.name,
        problem: `The query has ${queryIds!.length} tokens, and the model reads ${maxTokens} of query and passage together.`,
        nextStep: `Shorten the query to ${room} tokens.`,
      });
    }
    return passageIds.map((ids) => buildPair(queryIds!, ids, template, maxTokens));
  }
}

/**
 * Loads a cross-encoder from a directory in Hugging Face's layout: `config.json`, `tokenizer.json` and
 * `onnx/model.onnx` or `onnx/model_quantized.onnx`.
 *
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`
 */
export async function loadCrossEncoder(
  directory: string,
  options: EncoderOptions = {},
): Promise<CrossEncoder> {
  const { workers, maxBatchTokens, maxQueuedBatches } = checkEncoderOptions(
    options,
    options.name ?? 'cross-encoder',
  );
  const model = await openModelDirectory(directory, options.precision);
  const config = await readModelConfig(model);
  const scale = readScoreScale(model, config);
  const maxTokens = await readMaxTokens(model, config);
  const name = options.name ?? model.name;
  const tokenizer = await Tokenizer.open(model.path);
  const template = await tokenizer.pairTemplate();
  const pool = await SessionPool.open({
    origin: name,
    settings: { graph: model.graph, preferredOutputs: ['logits'], threads: 1 },
    workers,
    maxQueuedBatches,
  });
  return new CrossEncoder({
    name,
    manifest: model.manifest,
    scale,
    maxTokens,
    maxBatchTokens,
    template,
    tokenizer,
    pool,
  });
}

function countDistinct(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({ ids }) => ids.join())).size;
}
