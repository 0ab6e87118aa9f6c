import { join } from 'node:path';
import type { EncoderOptions } from '@secondpass/core';
import type { TokenVectorStore } from '@secondpass/core/extend';
import {
  checkEncoderOptions,
  loadRuntime,
  modelFingerprint,
  openTokenizerFor,
} from '@secondpass/core/runtime';
import type { SequenceForm } from '../marked-sequence.ts';
import { tokenVectorStore } from '../token-vector-store-shape.ts';
import { PolyEncoder } from './poly-encoder.ts';
import { graphs, openPolyEncoderDirectory } from './poly-encoder-directory.ts';

/** How a poly-encoder is run. */
export interface PolyEncoderOptions extends Omit<EncoderOptions, 'precision'> {
  /**
   * The store that {@link storeTokenVectors} has filled with passage vectors. It stays open when the model is closed.
   * @default none
   */
  readonly store?: TokenVectorStore;
}

/**
 * Loads a poly-encoder: `poly_encoder.json`, `tokenizer.json`, `onnx/query.onnx` and `onnx/passage.onnx` in one
 * directory, as `training/poly_encoder_export.py` writes it. The query's graph has one worker, because there is one query.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`
 *
 * @example
 * import { loadPolyEncoder } from '@secondpass/late-interaction';
 * await using reranker = await loadPolyEncoder('models/poly-encoder', { workers: 1 });
 * const scores = await reranker.score({ query: 'why does bread rise', passages: ['Yeast.', 'Salt.'] });
 * scores.length; // → 2
 */
export async function loadPolyEncoder(
  directory: string,
  options: PolyEncoderOptions = {},
): Promise<PolyEncoder> {
  const checked = checkEncoderOptions(options, options?.name ?? 'poly-encoder', {
    store: tokenVectorStore.optional(),
  });
  const { signal } = options;
  const model = await openPolyEncoderDirectory(directory);
  const { settings, path } = model;
  const name = options.name ?? model.name;
  const runtime = await loadRuntime(options.runtime);
  await using opened = await openTokenizerFor(runtime, path, { signal });
  const { tokenizer } = opened;
  const template = await tokenizer.singleTemplate();
  const formOf = (maxTokens: number): SequenceForm => ({ template, mark: undefined, maxTokens });
  const openSession = (file: string, output: string, workers: number | undefined) =>
    runtime.openSession({
      origin: name,
      graph: { path: join(path, file), precision: 'fp32', batchInvariant: true },
      options: { ...checked, workers },
      outputs: [output],
      signal,
    });
  const passageFingerprint = await modelFingerprint(path, [graphs.passage, 'tokenizer.json'], {
    maxPassageTokens: settings.maxPassageTokens,
  });
  const fingerprint = await modelFingerprint(path, [graphs.query], { passageFingerprint, ...settings });
  const query = await openSession(graphs.query, 'query_vectors', 1);
  const passage = await openSession(graphs.passage, 'passage_vector', checked.workers).catch(
    async (error) => {
      await query.close();
      throw error;
    },
  );
  const polyEncoder = new PolyEncoder({
    name,
    fingerprint,
    passageFingerprint,
    settings,
    forms: { query: formOf(settings.maxQueryTokens), passage: formOf(settings.maxPassageTokens) },
    tokenizer,
    sessions: { query, passage },
    store: options.store,
  });
  return opened.keptBy(polyEncoder);
}
