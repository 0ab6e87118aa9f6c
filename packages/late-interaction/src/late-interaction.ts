import type { Closable, PassageScore, Reranker, RerankRequest } from '@secondpass/core';
import {
  checkEncodeRequest,
  checkQuery,
  checkRerankRequest,
  type EncodePassagesRequest,
  type PassageEncoder,
  passageDigest,
  quantizeTokens,
  readableText,
  type StoredMaxSim,
  type TokenVectorStore,
  type TokenVectors,
} from '@secondpass/core/extend';
import type { ModelSession, OutputRow, Tokenizer } from '@secondpass/core/runtime';
import { EventLoopTurns } from './event-loop-turns.ts';
import { keptTokens } from './kept-tokens.ts';
import { checkPassageVectors, lateInteractionScore } from './late-interaction-score.ts';
import { markedSequence, type SequenceForm } from './marked-sequence.ts';
import { maxSim, prepareMaxSim } from './max-sim.ts';
import { checkIds, findPassageVectors } from './stored-passages.ts';

type Kind = 'query' | 'passage';

export interface LateInteractionParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly passageFingerprint: string;
  readonly forms: Readonly<Record<Kind, SequenceForm>>;
  /** Text in front of the texts. */
  readonly prompts: Readonly<Record<Kind, string>>;
  /** Tokens that are left out of passages. */
  readonly skipped: ReadonlySet<number>;
  readonly tokenizer: Tokenizer;
  readonly session: ModelSession;
  readonly store: TokenVectorStore | undefined;
}

const none: ReadonlySet<number> = new Set();

/**
 * Stage 2 by late interaction (Khattab & Zaharia 2020, "ColBERT"): query and passage are read separately, and each
 * token of the query is compared with its nearest token in the passage. Made by {@link loadLateInteraction}.
 *
 * `rawScore` is MaxSim, the sum of those cosines; `score` is their mean, mapped from [−1, 1] to [0, 1].
 *
 * @example
 * import { type LateInteraction, loadLateInteraction } from '@secondpass/late-interaction';
 * await using reranker: LateInteraction = await loadLateInteraction('models/colbert');
 * const query = await reranker.encodeQuery('why does bread rise');
 * const passages = await reranker.encodePassages({ passages: ['Yeast makes dough rise.'] });
 * const [score] = await reranker.scoreVectors(query, passages);
 * score!.score >= 0 && score!.score <= 1; // → true
 */
export class LateInteraction implements Reranker, PassageEncoder, Closable {
  readonly name: string;
  /** A digest of the weights, the tokenizer, and how both are used. */
  readonly fingerprint: string;
  readonly passageFingerprint: string;
  /** Longest query in tokens, special ones included; a longer one is cut at its end, and the scores say by how much. */
  readonly maxQueryTokens: number;
  /** Longest passage in tokens, special ones included. */
  readonly maxPassageTokens: number;
  readonly #parts: LateInteractionParts;

  constructor(parts: LateInteractionParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.passageFingerprint = parts.passageFingerprint;
    this.maxQueryTokens = parts.forms.query.maxTokens;
    this.maxPassageTokens = parts.forms.passage.maxTokens;
    this.#parts = parts;
  }

  /**
   * With a store and with ids, a passage's vectors come from the store if they belong to this exact text and model;
   * otherwise they are computed.
   *
   * @throws RetrievalError `invalid-query`, `invalid-passage`, `invalid-options` when there are not as many ids as
   * passages, `model-output-invalid`, `overloaded`, `closed`, the store's error; or the signal's reason
   */
  async score(request: RerankRequest): Promise<readonly PassageScore[]> {
    request?.signal?.throwIfAborted();
    checkRerankRequest(request, this.name);
    const { query, passages, ids, signal } = request;
    checkIds(ids, passages, this.name);
    if (passages.length === 0) return [];
    const vectors = await this.encodeQuery(query, signal);
    const { store } = this.#parts;
    const options = signal ? { signal } : {};
    if (!store?.maxSim || !ids)
      return this.#scoreHere(vectors, { query, passages, ...(ids && { ids }), ...options });
    const stored = await store.maxSim(vectors, ids, options);
    const found = passages.map((passage, index) =>
      this.#scoreInStore(vectors, passage, stored.get(ids[index]!)),
    );
    const missing = [...found.keys()].filter((index) => found[index] === undefined);
    const texts = missing.map((index) => passages[index]!);
    const scores = await this.#scoreHere(vectors, { query, passages: texts, ...options });
    for (const [place, index] of missing.entries()) found[index] = scores[place]!;
    return found as readonly PassageScore[];
  }

  /** A query's token vectors, of length 1 each. */
  async encodeQuery(query: string, signal?: AbortSignal): Promise<TokenVectors> {
    checkQuery(query, this.name);
    const [vectors] = await this.#encode('query', [query], none, signal);
    return vectors!;
  }

  /** Each passage's token vectors, of length 1 each, without punctuation if the model leaves it out. */
  async encodePassages(request: EncodePassagesRequest): Promise<readonly TokenVectors[]> {
    request?.signal?.throwIfAborted();
    checkEncodeRequest(request, this.name);
    const { passages, precision = 'float32', signal } = request;
    const vectors = await this.#encode('passage', passages, this.#parts.skipped, signal);
    return precision === 'int8' ? vectors.map(quantizeTokens) : vectors;
  }

  /**
   * One score per passage from vectors alone, in input order: for vectors that the caller keeps.
   *
   * @throws RetrievalError `dimension-mismatch`; or the signal's reason
   */
  async scoreVectors(
    query: TokenVectors,
    passages: readonly TokenVectors[],
    signal?: AbortSignal,
  ): Promise<readonly PassageScore[]> {
    checkPassageVectors(query, passages, this.name);
    const prepared = prepareMaxSim(query);
    const turns = new EventLoopTurns(signal);
    const scores: PassageScore[] = [];
    for (const passage of passages) {
      const rawScore = await maxSim(prepared, passage, turns);
      scores.push(lateInteractionScore(rawScore, query, passage.tokensCut));
    }
    return scores;
  }

  /** Frees the model; the store stays open. */
  async close(): Promise<void> {
    const { session, tokenizer } = this.#parts;
    await Promise.all([session.close(), tokenizer.close?.()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #scoreHere(
    query: TokenVectors,
    { passages, ids, signal }: RerankRequest,
  ): Promise<readonly PassageScore[]> {
    if (passages.length === 0) return [];
    const vectors = await findPassageVectors({
      encoder: this,
      store: this.#parts.store,
      passages,
      ids,
      ...(signal && { signal }),
    });
    return this.scoreVectors(query, vectors, signal);
  }

  #scoreInStore(
    query: TokenVectors,
    passage: string,
    stored: StoredMaxSim | undefined,
  ): PassageScore | undefined {
    if (stored?.digest !== passageDigest(this, passage)) return undefined;
    return lateInteractionScore(stored.maxSim, query, stored.tokensCut);
  }

  async #encode(
    kind: Kind,
    texts: readonly string[],
    skipped: ReadonlySet<number>,
    signal: AbortSignal | undefined,
  ): Promise<readonly TokenVectors[]> {
    const { tokenizer, session, prompts, forms, name } = this.#parts;
    const ids = await tokenizer.encode(
      texts.map((text) => prompts[kind] + readableText(text)),
      signal,
    );
    const sequences = ids.map((tokens) => markedSequence(tokens, forms[kind]));
    const read = (row: OutputRow, index: number) => keptTokens(row, sequences[index]!, skipped, name);
    return session.run({ sequences, read, signal });
  }
}
