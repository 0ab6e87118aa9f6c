import { join } from 'node:path';
import { checkEncoderOptions, type EncoderOptions } from '../inference/encoder-options.ts';
import { SessionPool } from '../inference/session-pool.ts';
import type { SequenceForm } from '../late-interaction/marked-sequence.ts';
import { modelFingerprint } from '../late-interaction/model-fingerprint.ts';
import type { TokenVectorStore } from '../late-interaction/token-vector-store.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { PolyEncoder } from './poly-encoder.ts';
import { graphs, openPolyEncoderDirectory } from './poly-encoder-directory.ts';

export interface PolyEncoderOptions extends Omit<EncoderOptions, 'precision'> {
  /** Passage vectors that {@link storeTokenVectors} has put there. Closed with the model. @default none */
  readonly store?: TokenVectorStore;
}

/**
 * Loads a poly-encoder: `poly_encoder.json`, `tokenizer.json`, `onnx/query.onnx` and `onnx/passage.onnx` in one
 * directory, as `training/poly_encoder_export.py` writes it. The query's graph has one worker, because there is one query.
 *
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`
 */
export async function loadPolyEncoder(
  directory: string,
  options: PolyEncoderOptions = {},
): Promise<PolyEncoder> {
  const { workers, maxBatchTokens, maxQueuedBatches, executionProvider } = checkEncoderOptions(
    options,
    options.name ?? 'poly-encoder',
  );
  const model = await openPolyEncoderDirectory(directory);
  const { settings, path } = model;
  const name = options.name ?? model.name;
  const tokenizer = await Tokenizer.open(path);
  const template = await tokenizer.singleTemplate();
  const formOf = (maxTokens: number): SequenceForm => ({ template, mark: undefined, maxTokens });
  const openPool = (graph: string, output: string, count: number) =>
    SessionPool.open({
      origin: name,
      settings: { graph: join(path, graph), preferredOutputs: [output], threads: 1, executionProvider },
      workers: count,
      maxBatchTokens,
      joining: true,
      maxQueuedBatches,
      cores: options.cores,
      signal: options.signal,
    });
  const passageFingerprint = await modelFingerprint(path, [graphs.passage, 'tokenizer.json'], {
    maxPassageTokens: settings.maxPassageTokens,
  });
  const fingerprint = await modelFingerprint(path, [graphs.query], { passageFingerprint, ...settings });
  const query = await openPool(graphs.query, 'query_vectors', 1);
  const passage = await openPool(graphs.passage, 'passage_vector', workers).catch(async (error) => {
    await query.close();
    throw error;
  });
  return new PolyEncoder({
    name,
    fingerprint,
    passageFingerprint,
    settings,
    forms: { query: formOf(settings.maxQueryTokens), passage: formOf(settings.maxPassageTokens) },
    tokenizer,
    pools: { query, passage },
    store: options.store,
  });
}
