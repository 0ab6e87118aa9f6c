import { openModelDirectory } from '../model-directory/model-directory.ts';
import { firstPositionOf, readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { openParts } from '../runtime/open-parts.ts';
import { CrossEncoder } from './cross-encoder.ts';
import { type CrossEncoderOptions, checkCrossEncoderOptions } from './cross-encoder-options.ts';
import { decoderLayout } from './decoder-layout.ts';
import { describeManifest } from './describe-manifest.ts';
import { encoderLayout } from './encoder-layout.ts';
import { readHead } from './head.ts';
import { scoreFingerprint } from './score-fingerprint.ts';

/** The runtime whose fingerprints name none, as they did before there were others. */
const nativeRuntime = 'onnxruntime-node';

/**
 * Loads a cross-encoder from a directory in Hugging Face's layout: `config.json`, `tokenizer.json` and
 * `onnx/model.onnx` or `onnx/model_quantized.onnx`; where the graph ends before the scoring head, also the head's
 * `model.safetensors`. A decoder needs its prompt stated in `secondpass.json`.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported`, `invalid-options`, or
 * `model-output-invalid` for a model that does not read what it scores; or the signal's reason
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('small'), { longPassages: 'chunk-max' });
 * const [first] = await reranker.score({ query: 'bread', passages: ['Yeast makes dough rise.'] });
 * first?.tokensCut; // → 0
 */
export async function loadCrossEncoder(
  directory: string,
  options: CrossEncoderOptions = {},
): Promise<CrossEncoder> {
  const checked = checkCrossEncoderOptions(options, options?.name ?? 'cross-encoder');
  const { maxQueryShare, optimize } = checked;
  options.signal?.throwIfAborted();
  const model = await openModelDirectory(directory, options.precision);
  const config = await readModelConfig(model);
  const runtime = await loadRuntime(options.runtime);
  const { signal } = options;
  const { passageCacheBytes: cacheBytes } = checked;
  const maxTokens = await readMaxTokens(model, config);
  const name = options.name ?? model.name;
  await using opened = await openParts(runtime, model.path, { cacheBytes, signal }, async (vocabulary) => {
    const head = await readHead(model, config, vocabulary);
    const session = await runtime.openSession({
      origin: name,
      model,
      options: checked,
      outputs: ['logits', 'scores', 'last_hidden_state', 'token_embeddings'],
      firstPosition: firstPositionOf(config),
      head: head.output,
      paddingSide: model.manifest.paddingSide,
      signal,
    });
    return { head, session };
  });
  const { tokenizer, head, session } = opened;
  const layoutParts = { origin: name, tokenizer, maxTokens, maxQueryShare };
  const layout = head.template
    ? await decoderLayout({ ...layoutParts, template: head.template })
    : encoderLayout({ ...layoutParts, template: await tokenizer.pairTemplate() });
  const { longPassages, chunkOverlap, maxChunks, topChunks } = checked;
  const cuts = { maxTokens, maxQueryShare, longPassages, chunkOverlap, maxChunks, topChunks };
  const manifest = await describeManifest(model, config, head, maxTokens);
  const { precision } = session;
  // Other runtimes' scores differ in the last digits, so that none is answered from another one's cache.
  const runBy = runtime.name === nativeRuntime ? {} : { runtime: runtime.name };
  const fingerprint = await scoreFingerprint(model, head, { ...cuts, optimize, precision, ...runBy });
  const crossEncoder = new CrossEncoder({
    name,
    fingerprint,
    manifest,
    precision,
    head,
    maxTokens,
    longPassages: checked,
    layout,
    tokenizer,
    session,
    onWarning: checked.onWarning,
  });
  if (checked.probe) await crossEncoder.probe(signal);
  signal?.throwIfAborted();
  return opened.keptBy(crossEncoder);
}
