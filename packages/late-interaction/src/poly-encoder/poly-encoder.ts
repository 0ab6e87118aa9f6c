import type { Closable } from '@secondpass/core';
import { type PassageScore, type Reranker, type RerankRequest, RetrievalError } from '@secondpass/core';
import {
  checkEncodeRequest,
  checkQuery,
  checkRerankRequest,
  type EncodePassagesRequest,
  type PassageEncoder,
  quantizeTokens,
  readableText,
  type TokenVectorStore,
  type TokenVectors,
} from '@secondpass/core/extend';
import type { ModelSession, OutputRow, Tokenizer } from '@secondpass/core/runtime';
import { EventLoopTurns } from '../event-loop-turns.ts';
import { checkPassageVectors, queryCut } from '../late-interaction-score.ts';
import { type MarkedSequence, markedSequence, type SequenceForm } from '../marked-sequence.ts';
import { findPassageVectors } from '../stored-passages.ts';
import { polyAttention } from './poly-attention.ts';
import type { PolyEncoderSettings } from './poly-encoder-directory.ts';

type Kind = 'query' | 'passage';

export interface PolyEncoderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly passageFingerprint: string;
  readonly settings: PolyEncoderSettings;
  readonly forms: Readonly<Record<Kind, SequenceForm>>;
  readonly tokenizer: Tokenizer;
  readonly sessions: Readonly<Record<Kind, ModelSession>>;
  readonly store: TokenVectorStore | undefined;
}

/**
 * Stage 2 by a poly-encoder (Humeau et al. 2020): a query has several vectors, a passage has one, which attends over
 * them. Made by {@link loadPolyEncoder}.
 *
 * `rawScore` is the dot product; `score` is the sigmoid of `slope` · rawScore + `offset`, as the model's file states them.
 *
 * @example
 * import { loadPolyEncoder, type PolyEncoder } from '@secondpass/late-interaction';
 * await using reranker: PolyEncoder = await loadPolyEncoder('models/poly-encoder');
 * const query = await reranker.encodeQuery('why does bread rise');
 * const passages = await reranker.encodePassages({ passages: ['Yeast makes dough rise.'] });
 * (await reranker.scoreVectors(query, passages)).length; // → 1
 */
export class PolyEncoder implements Reranker, PassageEncoder, Closable {
  readonly name: string;
  /** A digest of both graphs, the tokenizer, and how they are used. */
  readonly fingerprint: string;
  /** A digest of the passages' side alone: stored passages stay valid if only the query's side is trained again. */
  readonly passageFingerprint: string;
  readonly settings: PolyEncoderSettings;
  readonly #parts: PolyEncoderParts;

  constructor(parts: PolyEncoderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.passageFingerprint = parts.passageFingerprint;
    this.settings = parts.settings;
    this.#parts = parts;
  }

  /**
   * With a store and with ids, a passage's vector comes from the store if it belongs to this exact text and model.
   *
   * @throws RetrievalError `invalid-query`, `invalid-passage`, `invalid-options` when there are not as many ids as
   * passages, `model-output-invalid`, `overloaded`, `closed`, the store's error; or the signal's reason
   */
  async score(request: RerankRequest): Promise<readonly PassageScore[]> {
    request?.signal?.throwIfAborted();
    checkRerankRequest(request, this.name);
    const { query, passages, ids, signal } = request;
    if (passages.length === 0) return [];
    const [vectors, found] = await Promise.all([
      this.encodeQuery(query, signal),
      findPassageVectors({
        encoder: this,
        store: this.#parts.store,
        passages,
        ids,
        ...(signal && { signal }),
      }),
    ]);
    return this.scoreVectors(vectors, found, signal);
  }

  /** A query's vectors, one per code. */
  async encodeQuery(query: string, signal?: AbortSignal): Promise<TokenVectors> {
    checkQuery(query, this.name);
    const [vectors] = await this.#encode('query', [query], signal);
    return vectors!;
  }

  /** Each passage's one vector. */
  async encodePassages(request: EncodePassagesRequest): Promise<readonly TokenVectors[]> {
    request?.signal?.throwIfAborted();
    checkEncodeRequest(request, this.name);
    const { passages, precision = 'float32', signal } = request;
    const vectors = await this.#encode('passage', passages, signal);
    return precision === 'int8' ? vectors.map(quantizeTokens) : vectors;
  }

  /**
   * One score per passage from vectors alone, in input order: for vectors that the caller keeps, such as those of
   * stage 1 if the passages' side is its bi-encoder.
   *
   * @throws RetrievalError `dimension-mismatch`
   */
  async scoreVectors(
    query: TokenVectors,
    passages: readonly TokenVectors[],
    signal?: AbortSignal,
  ): Promise<readonly PassageScore[]> {
    checkPassageVectors(query, passages, this.name, 'one');
    const { slope, offset } = this.settings;
    const turns = new EventLoopTurns(signal);
    const scores: PassageScore[] = [];
    for (const passage of passages) {
      const rawScore = polyAttention(query, passage);
      const score = 1 / (1 + Math.exp(-(slope * rawScore + offset)));
      scores.push({ score, rawScore, tokensCut: passage.tokensCut, ...queryCut(query) });
      await turns.pause();
    }
    return scores;
  }

  /** Frees the model; the store stays open. */
  async close(): Promise<void> {
    const { sessions, tokenizer } = this.#parts;
    await Promise.all([sessions.query.close(), sessions.passage.close(), tokenizer.close?.()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #encode(
    kind: Kind,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly TokenVectors[]> {
    const { tokenizer, sessions, forms } = this.#parts;
    const ids = await tokenizer.encode(texts.map(readableText), signal);
    const sequences = ids.map((tokens) => markedSequence(tokens, forms[kind]));
    const read = (row: OutputRow, index: number) => this.#vectors(kind, row, sequences[index]!);
    return sessions[kind].run({ sequences, read, signal });
  }

  #vectors(kind: Kind, { data, dims }: OutputRow, { tokensCut }: MarkedSequence): TokenVectors {
    const { codes, dimensions } = this.settings;
    const expected = kind === 'query' ? [codes, dimensions] : [dimensions];
    if (dims.join() !== expected.join() || !data.every(Number.isFinite)) {
      throw new RetrievalError({
        code: 'model-output-invalid',
        origin: this.name,
        problem: `The ${kind} graph gives ${dims.join() === expected.join() ? 'a number that is not finite' : `the shape [${dims}], but poly_encoder.json states [${expected}]`}.`,
        nextStep: 'Check that poly_encoder.json and the ONNX files belong to the same model.',
      });
    }
    return { dimensions, values: data.slice(), scale: 1, tokensCut };
  }
}
