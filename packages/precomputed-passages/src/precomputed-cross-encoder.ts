import type { Closable } from '@secondpass/core';
import {
  type DefaultBlend,
  type PassageScore,
  type Precision,
  type Reranker,
  type RerankRequest,
  RetrievalError,
} from '@secondpass/core';
import {
  type CrossEncoderHead,
  checkPassages,
  checkRerankRequest,
  constantScore,
  probabilityOf,
  readableText,
  readRawScore,
} from '@secondpass/core/extend';
import type { ModelSession, OnWarning, OutputRow } from '@secondpass/core/runtime';
import { askedBy, concatenate, type TokenSequence } from '@secondpass/core/runtime';
import type { StatePrecision } from './compress-states.ts';
import type { KeptPassages } from './kept-passages.ts';
import type { Limits, LowerLayers, QueryStates } from './lower-layers.ts';
import type { PassageStates } from './passage-states.ts';
import { type TextFrame, typesOf } from './text-frames.ts';

export interface PrecomputedCrossEncoderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly defaultBlend: DefaultBlend | undefined;
  readonly passageFingerprint: string;
  readonly precision: Precision;
  readonly statePrecision: StatePrecision;
  readonly head: CrossEncoderHead;
  readonly passageFrame: TextFrame;
  readonly lower: LowerLayers;
  readonly passages: KeptPassages;
  readonly upper: ModelSession;
  readonly onWarning: OnWarning | undefined;
}

/**
 * Stage 2 by a cross-encoder whose lower layers read query and passage separately (PreTTR, MacAvaney et al. 2020;
 * DeFormer, Cao et al. 2020): a passage's states after these layers come from a store, so that a query needs only the
 * upper layers. Made by {@link loadPrecomputedCrossEncoder}.
 *
 * Scores are those of the same model by `loadCrossEncoder`, up to the precision of the stored states, for pairs that
 * fit into that model. Of a longer passage more is read here, because the query takes no room from it.
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { loadPrecomputedCrossEncoder, type PrecomputedCrossEncoder } from '@secondpass/precomputed-passages';
 * const store = { directory: 'passages-of-articles' };
 * await using reranker: PrecomputedCrossEncoder = await loadPrecomputedCrossEncoder(modelDirectory('small'), { store });
 * await reranker.precompute(['Yeast makes dough rise.']); // → 1
 * await reranker.precompute(['Yeast makes dough rise.']); // → 0
 */
export class PrecomputedCrossEncoder implements Reranker, Closable {
  readonly name: string;
  /** A digest of the graph, the tokenizer, the head, and of how texts are cut and states stored. */
  readonly fingerprint: string;
  /** What its `secondpass.json` states. */
  readonly defaultBlend?: DefaultBlend;
  /** Callers take turns, a batch at a time. */
  readonly sharesBetweenCallers = true;
  /** A digest of everything that a passage's states depend on; part of their digest in the store. */
  readonly passageFingerprint: string;
  /** The precision of both parts of the graph. */
  readonly precision: Precision;
  readonly statePrecision: StatePrecision;
  readonly #parts: PrecomputedCrossEncoderParts;
  #closed = false;
  #warned = false;

  constructor(parts: PrecomputedCrossEncoderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    if (parts.defaultBlend) this.defaultBlend = parts.defaultBlend;
    this.passageFingerprint = parts.passageFingerprint;
    this.precision = parts.precision;
    this.statePrecision = parts.statePrecision;
    this.#parts = parts;
  }

  /**
   * Passages that the store lacks are computed and kept there. With a `deadline`, passages that were not read in time are
   * `null`; their computed states are stored anyway.
   *
   * @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options`, `model-output-invalid` for a
   * number that is not finite, `overloaded`, `closed`; or the signal's reason. A failing store does not fail the
   * call: see `onStoreFailure`.
   */
  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    checkRerankRequest(request, this.name);
    const { query, passages, signal, deadlineAt } = request;
    this.#refuseClosed();
    if (passages.length === 0) return [];
    const { lower, passages: kept, passageFrame } = this.#parts;
    const limits = { signal, deadlineAt, ...askedBy(request) };
    const [asked, found] = await Promise.all([
      lower.readQuery(query, limits),
      kept.find(passages.map(readableText), limits),
    ]);
    const read = asked ? [...found.keys()].filter((index) => found[index]) : [];
    const sequences = read.map((index) => joinStates(asked!, found[index]!, passageFrame));
    const rawScores = await this.#run(sequences, limits);
    this.#warnOfConstant(sequences, rawScores);
    const scores: (PassageScore | null)[] = passages.map(() => null);
    for (const [place, index] of read.entries()) {
      const rawScore = rawScores[place];
      if (rawScore === undefined) continue;
      scores[index] = {
        score: probabilityOf(rawScore, this.#parts.head.scale),
        rawScore,
        tokensCut: found[index]!.tokensCut,
        ...(asked!.tokensCut > 0 && { queryTokensCut: asked!.tokensCut }),
      };
    }
    return scores;
  }

  /**
   * Computes passages ahead of any query, and stores them; see {@link precomputePassages} for many.
   *
   * @returns how many were not stored before
   * @throws RetrievalError `invalid-passage`, `overloaded`, `closed`, the store's error; or the signal's reason
   */
  async precompute(
    passages: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    signal?.throwIfAborted();
    checkPassages(passages, this.name);
    this.#refuseClosed();
    return passages.length === 0 ? 0 : this.#parts.passages.add(passages.map(readableText), signal);
  }

  /**
   * Deletes everything from the store except for what these passages need, other models' entries included; see
   * {@link prunePassages}.
   *
   * @throws RetrievalError `invalid-options` where the store cannot list and delete, `closed`, the store's error; or the
   * signal's reason
   */
  prune(
    passages: AsyncIterable<string>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly kept: number; readonly deleted: number }> {
    this.#refuseClosed();
    return this.#parts.passages.prune(readable(passages), signal);
  }

  /** Frees the model once all computed states are stored; closes the store if it was opened for the model. */
  async close(): Promise<void> {
    this.#closed = true;
    const { lower, upper, passages } = this.#parts;
    await Promise.all([lower.close(), upper.close(), passages.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Checked here, and not only in the pools: a passage from the store would otherwise get no answer. */
  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new RetrievalError({
      code: 'closed',
      origin: this.name,
      problem: 'It has been closed.',
      nextStep: 'Load the model again, and close it only when nothing uses it any more.',
    });
  }

  #warnOfConstant(sequences: readonly TokenSequence[], rawScores: readonly (number | undefined)[]): void {
    const { onWarning } = this.#parts;
    if (this.#warned || !onWarning) return;
    const scored = sequences.filter((_, index) => rawScores[index] !== undefined);
    const warning = constantScore(
      rawScores.filter((score) => score !== undefined),
      () => new Set(scored.map(({ ids }) => ids.join())).size,
      this.name,
    );
    if (!warning) return;
    this.#warned = true;
    onWarning(warning);
  }

  async #run(sequences: readonly TokenSequence[], limits: Limits): Promise<readonly (number | undefined)[]> {
    if (sequences.length === 0) return [];
    const { upper, head, name } = this.#parts;
    return upper.run({ sequences, read: (row: OutputRow) => readRawScore(row, head, name), ...limits });
  }
}

async function* readable(passages: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const passage of passages) yield readableText(passage);
}

function joinStates(query: QueryStates, { ids, states }: PassageStates, frame: TextFrame): TokenSequence {
  const passage = { ids, typeIds: typesOf(ids.length, frame) };
  return { ...concatenate([query.sequence, passage]), states: [query.states, states] };
}
