import { graphToRun } from '../graph/graph-to-run.ts';
import { SessionPool } from '../inference/session-pool.ts';
import { batchTokensFor } from '../inference/tuned-batch-tokens.ts';
import { openModelDirectory } from '../model-directory/model-directory.ts';
import { firstPositionOf, readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { CrossEncoder } from './cross-encoder.ts';
import { type CrossEncoderOptions, checkCrossEncoderOptions } from './cross-encoder-options.ts';
import { decoderLayout } from './decoder-layout.ts';
import { describeManifest } from './describe-manifest.ts';
import { encoderLayout } from './encoder-layout.ts';
import { readHead } from './head.ts';
import { scoreFingerprint } from './score-fingerprint.ts';

/**
 * Loads a cross-encoder from a directory in Hugging Face's layout: `config.json`, `tokenizer.json` and
 * `onnx/model.onnx` or `onnx/model_quantized.onnx`; where the graph ends before the scoring head, also the head's
 * `model.safetensors`. A decoder needs its prompt stated in `secondpass.json`.
 *
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported`, `invalid-options`, or
 * `model-output-invalid` for a model that does not read what it scores; or the signal's reason
 */
export async function loadCrossEncoder(
  directory: string,
  options: CrossEncoderOptions = {},
): Promise<CrossEncoder> {
  const checked = checkCrossEncoderOptions(options, options.name ?? 'cross-encoder');
  const { workers, maxQueuedBatches, maxQueryShare, executionProvider } = checked;
  options.signal?.throwIfAborted();
  const model = await openModelDirectory(directory, options.precision);
  const config = await readModelConfig(model);
  const tokenizer = await Tokenizer.open(model.path, { cacheBytes: checked.passageCacheBytes });
  const head = await readHead(model, config, tokenizer);
  const maxTokens = await readMaxTokens(model, config);
  const name = options.name ?? model.name;
  const layoutParts = { origin: name, tokenizer, maxTokens, maxQueryShare };
  const layout = head.template
    ? await decoderLayout({ ...layoutParts, template: head.template })
    : encoderLayout({ ...layoutParts, template: await tokenizer.pairTemplate() });
  const { longPassages, chunkOverlap, maxChunks, topChunks, optimize } = checked;
  const cuts = { maxTokens, maxQueryShare, longPassages, chunkOverlap, maxChunks, topChunks };
  const graph = await graphToRun(model, optimize, options.precision);
  const fingerprint = await scoreFingerprint(model, head, { ...cuts, optimize, precision: graph.precision });
  const manifest = await describeManifest(model, config, head, maxTokens);
  const pool = await SessionPool.open({
    origin: name,
    settings: {
      graph: graph.path,
      preferredOutputs: ['logits', 'scores', 'last_hidden_state', 'token_embeddings'],
      threads: 1,
      executionProvider,
      firstPosition: firstPositionOf(config),
      ...(head.output && { head: head.output }),
      ...(model.manifest.paddingSide && { paddingSide: model.manifest.paddingSide }),
    },
    workers,
    maxBatchTokens: await batchTokensFor(model, options, checked),
    maxQueuedBatches,
    joining: graph.batchInvariant,
    cores: options.cores,
    signal: options.signal,
  });
  const { precision } = graph;
  const parts = {
    name,
    fingerprint,
    manifest,
    precision,
    head,
    maxTokens,
    longPassages: checked,
    layout,
    pool,
  };
  const crossEncoder = new CrossEncoder(parts);
  try {
    if (checked.probe) await crossEncoder.probe();
    options.signal?.throwIfAborted();
    return crossEncoder;
  } catch (error) {
    await crossEncoder.close();
    throw error;
  }
}
