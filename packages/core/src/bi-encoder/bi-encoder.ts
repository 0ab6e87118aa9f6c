import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { checkPassages } from '../check-text.ts';
import type { Embedder, EmbedRequest } from '../embedder.ts';
import { checkEncoderOptions, type EncoderOptions } from '../inference/encoder-options.ts';
import { type OutputRow, runBatches } from '../inference/run-batches.ts';
import { SessionPool } from '../inference/session-pool.ts';
import {
  damaged,
  type ModelDirectory,
  openModelDirectory,
  readModelJson,
  sha256Of,
} from '../model-directory/model-directory.ts';
import { readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import type { ModelManifest } from '../model-directory/model-manifest.ts';
import { RetrievalError } from '../retrieval-error.ts';
import { concatenate, type TokenSequence } from '../tokenizer/token-sequence.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Pooling, pool as poolRow, readPooling } from './pooling.ts';

interface BiEncoderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly manifest: ModelManifest;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly maxBatchTokens: number;
  readonly prompts: Readonly<Record<'query' | 'passage', string>>;
  readonly template: { readonly before: TokenSequence; readonly after: TokenSequence };
  readonly pooling: Pooling;
  readonly tokenizer: Tokenizer;
  readonly pool: SessionPool;
}

/**
 * A local sentence-transformers model: text → vector (Reimers & Gurevych 2019, "Sentence-BERT").
 * Made by {@link loadBiEncoder}. A text longer than `maxTokens` is cut at its end.
 */
export class BiEncoder implements Embedder {
  readonly name: string;
  /** A digest of the graph, the tokenizer and how they are used. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** What `secondpass.json` says; empty where there is none. */
  readonly manifest: ModelManifest;
  /** Longest text in tokens, special ones included. */
  readonly maxTokens: number;
  readonly #parts: BiEncoderParts;

  constructor(parts: BiEncoderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.dimensions = parts.dimensions;
    this.manifest = parts.manifest;
    this.maxTokens = parts.maxTokens;
    this.#parts = parts;
  }

  /** @throws RetrievalError `invalid-passage`, `model-output-invalid`, `overloaded`, `closed`; or the signal's reason */
  async embed({ texts, kind, signal }: EmbedRequest): Promise<readonly Float32Array[]> {
    signal?.throwIfAborted();
    checkPassages(texts, this.name);
    const { tokenizer, pool, prompts, maxBatchTokens, pooling } = this.#parts;
    const ids = await tokenizer.encode(
      texts.map((text) => prompts[kind] + text),
      signal,
    );
    const sequences = ids.map((tokens) => this.#sequence(tokens));
    const read = (row: OutputRow, index: number) =>
      this.#checked(poolRow(row, sequences[index]!.ids.length, pooling));
    return runBatches(pool, sequences, maxBatchTokens, read, signal);
  }

  async close(): Promise<void> {
    await this.#parts.pool.close();
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

  #checked(vector: Float32Array): Float32Array {
    if (vector.length === this.dimensions && vector.every(Number.isFinite)) return vector;
    throw new RetrievalError({
      code: 'model-output-invalid',
      origin: this.name,
      problem:
        vector.length === this.dimensions
          ? 'The model answers a vector with a number that is not finite.'
          : `The model answers vectors of ${vector.length} dimensions, and config.json states ${this.dimensions}.`,
      nextStep: 'Check that config.json and the ONNX file belong to the same model.',
    });
  }
}

const promptsSchema = z.looseObject({ prompts: z.record(z.string(), z.string()).optional() });

/**
 * Loads a bi-encoder from a directory in Hugging Face's layout with sentence-transformers' `modules.json` and pooling
 * config. Prompts that `config_sentence_transformers.json` states for queries and passages are put before the texts.
 *
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`
 */
export async function loadBiEncoder(directory: string, options: EncoderOptions = {}): Promise<BiEncoder> {
  const { workers, maxBatchTokens, maxQueuedBatches } = checkEncoderOptions(
    options,
    options.name ?? 'bi-encoder',
  );
  const model = await openModelDirectory(directory, options.precision);
  const config = await readModelConfig(model);
  if (model.manifest.kind === 'cross-encoder') {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: model.name,
      problem: 'secondpass.json says that it is a cross-encoder.',
      nextStep: 'Load it with loadCrossEncoder.',
    });
  }
  const pooling = await readPooling(model);
  const maxTokens = await readMaxTokens(model, config);
  if (config.hidden_size === undefined) throw damaged(model.name, 'config.json does not state hidden_size');
  const { prompts = {} } =
    (await readModelJson(model.path, 'config_sentence_transformers.json', promptsSchema)) ?? {};
  const passagePrompt = prompts['passage'] ?? prompts['document'] ?? '';
  const name = options.name ?? model.name;
  const tokenizer = await Tokenizer.open(model.path);
  const fingerprint = await fingerprintOf(model, { pooling, maxTokens, passage: passagePrompt });
  const pool = await SessionPool.open({
    origin: name,
    settings: {
      graph: model.graph,
      preferredOutputs: ['sentence_embedding', 'last_hidden_state', 'token_embeddings'],
      threads: 1,
    },
    workers,
    maxQueuedBatches,
  });
  return new BiEncoder({
    name,
    fingerprint,
    manifest: model.manifest,
    dimensions: config.hidden_size,
    maxTokens,
    maxBatchTokens,
    prompts: { query: prompts['query'] ?? '', passage: passagePrompt },
    template: await tokenizer.singleTemplate(),
    pooling,
    tokenizer,
    pool,
  });
}

async function fingerprintOf({ path, graph, manifest }: ModelDirectory, settings: object): Promise<string> {
  // Opening the directory has compared a pinned digest with the file already.
  const digestOf = (file: string) => manifest.files?.[relative(path, file)]?.sha256 ?? sha256Of(file);
  const digests = await Promise.all([graph, join(path, 'tokenizer.json')].map(digestOf));
  return createHash('sha256')
    .update(JSON.stringify([digests, settings]))
    .digest('hex');
}
