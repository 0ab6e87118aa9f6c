import { readableText } from '../../foundation/check-text.ts';
import type { Closable } from '../../foundation/closable.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkEmbedRequest } from '../../retrieval/seams/check-embed-request.ts';
import type { Embedder, EmbedRequest } from '../../retrieval/seams/embedder.ts';
import type { Precision } from '../model-directory/model-directory.ts';
import type { ModelManifest } from '../model-directory/model-manifest.ts';
import type { ModelSession, OutputRow } from '../runtime/model-session.ts';
import { concatenate, type TokenSequence } from '../runtime/token-sequence.ts';
import type { Tokenizer } from '../runtime/tokenizer.ts';
import type { Prompts } from './bi-encoder-options.ts';
import { scaleToLengthOne } from './scale-to-length-one.ts';
import { unsupportedModule } from './unsupported-module.ts';
import { applyModules, type VectorModules } from './vector-modules.ts';

export interface BiEncoderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly manifest: ModelManifest;
  readonly precision: Precision;
  readonly dimensions: number;
  /** Before `dimensions` cuts some off. */
  readonly fullDimensions: number;
  readonly maxTokens: number;
  readonly prompts: Required<Prompts>;
  /** Tokens at the start of a sequence that are read and not pooled. */
  readonly unpooledTokens: Readonly<Record<EmbedRequest['kind'], number>>;
  readonly template: { readonly before: TokenSequence; readonly after: TokenSequence };
  readonly modules: VectorModules;
  readonly tokenizer: Tokenizer;
  readonly session: ModelSession;
}

/**
 * A local sentence-transformers model: text → vector (Reimers & Gurevych 2019, "Sentence-BERT").
 * Made by `loadBiEncoder`. A text longer than `maxTokens` is cut at its end.
 *
 * @example
 * import { type BiEncoder, loadBiEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using embedder: BiEncoder = await loadBiEncoder(modelDirectory('bi-encoder'));
 * const [vector] = await embedder.embed({ texts: ['Why does bread rise?'], kind: 'query' });
 * vector?.length === embedder.dimensions; // → true
 */
export class BiEncoder implements Embedder, Closable {
  readonly name: string;
  /** A digest of the weights, the tokenizer, and how they are used on a passage. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** The content of `secondpass.json`; empty if there is none. */
  readonly manifest: ModelManifest;
  /** The precision of its computation. It is `fp32` if int8 is only the default and cannot be made. */
  readonly precision: Precision;
  /** Longest text in tokens, special ones included. */
  readonly maxTokens: number;
  /** What is put before the texts of each kind. */
  readonly prompts: Required<Prompts>;
  readonly #parts: BiEncoderParts;

  constructor(parts: BiEncoderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.dimensions = parts.dimensions;
    this.manifest = parts.manifest;
    this.precision = parts.precision;
    this.maxTokens = parts.maxTokens;
    this.prompts = parts.prompts;
    this.#parts = parts;
  }

  /** @throws RetrievalError `invalid-passage`, `model-output-invalid`, `overloaded`, `closed`; or the signal's reason */
  async embed(request: EmbedRequest): Promise<readonly Float32Array[]> {
    request?.signal?.throwIfAborted();
    checkEmbedRequest(request, this.name);
    const { texts, kind, signal } = request;
    const { tokenizer, session } = this.#parts;
    const ids = await tokenizer.encode(
      texts.map((text) => this.prompts[kind] + readableText(text)),
      signal,
    );
    const sequences = ids.map((tokens) => this.#sequence(tokens));
    const read = (row: OutputRow, index: number) => this.#vector(row, sequences[index]!.ids.length, kind);
    return session.run({ sequences, read, signal });
  }

  async close(): Promise<void> {
    const { session, tokenizer } = this.#parts;
    await Promise.all([session.close(), tokenizer.close?.()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sequence(ids: Int32Array): TokenSequence {
    const { template, maxTokens } = this.#parts;
    const kept = ids.subarray(0, maxTokens - template.before.ids.length - template.after.ids.length);
    return concatenate([
      template.before,
      { ids: kept, typeIds: new Int32Array(kept.length) },
      template.after,
    ]);
  }

  #vector(row: OutputRow, tokens: number, kind: EmbedRequest['kind']): Float32Array {
    const { modules, unpooledTokens, fullDimensions } = this.#parts;
    const first = Math.min(unpooledTokens[kind], tokens - 1);
    if (row.dims.length === 1 && first > 0) {
      throw unsupportedModule(this.name, 'its graph pools by itself, and would pool the prompt as well');
    }
    if (row.dims.length === 2 && modules.modes.length === 0) {
      throw unsupportedModule(
        this.name,
        'its graph gives token vectors without the projection that config.json states',
      );
    }
    const vector = applyModules(row, { first, end: tokens }, modules);
    if (vector.length !== fullDimensions || !vector.every(Number.isFinite)) throw this.#badOutput(vector);
    if (this.dimensions === fullDimensions) return vector;
    const cut = vector.slice(0, this.dimensions);
    return modules.steps.at(-1) === 'unit-length' ? scaleToLengthOne(cut) : cut;
  }

  #badOutput({ length }: Float32Array): RetrievalError {
    const { fullDimensions } = this.#parts;
    return new RetrievalError({
      code: 'model-output-invalid',
      origin: this.name,
      problem:
        length === fullDimensions
          ? 'The model answers a vector with a number that is not finite.'
          : `The model answers vectors of ${length} dimensions, and its files state ${fullDimensions}.`,
      nextStep: 'Check that config.json, the modules and the ONNX file belong to the same model.',
    });
  }
}
