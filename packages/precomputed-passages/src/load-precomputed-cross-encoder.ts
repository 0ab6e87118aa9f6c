import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type PassageStateStore, readHead, scoreFingerprint } from '@secondpass/core/extend';
import type { SessionRequest } from '@secondpass/core/runtime';
import {
  fileDigest,
  firstPositionOf,
  type ModelDirectory,
  openModelDirectory,
  openTokenizerFor,
  positionsOf,
  readMaxTokens,
  readModelConfig,
} from '@secondpass/core/runtime';
import { onnxRuntime } from '@secondpass/runtime-onnx';
import { batchTokensFor, graphToRun } from '@secondpass/runtime-onnx/graph';
import { z } from 'zod';
import { isStore } from './is-store.ts';
import { KeptPassages } from './kept-passages.ts';
import { LowerLayers } from './lower-layers.ts';
import { PrecomputedCrossEncoder } from './precomputed-cross-encoder.ts';
import {
  checkPrecomputedCrossEncoderOptions,
  type PrecomputedCrossEncoderOptions,
} from './precomputed-cross-encoder-options.ts';
import { PrecomputedPassages } from './precomputed-passages.ts';
import { closedStatesOf, splitModel } from './split-model.ts';
import { framesOf } from './text-frames.ts';

/** How many words trial texts may draw from. If the model does not state it, a number that every vocabulary reaches. */
const wordsSchema = z.looseObject({ vocab_size: z.int().min(1).catch(100) });

/**
 * Loads a cross-encoder whose `secondpass.json` states `closedStates`, such as the bundled `small`, in two parts: the lower
 * layers, which read each text alone, and the upper ones, which read a query together with the stored states of its
 * passages. The graph is cut on the first load, and kept in the user's cache.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` for a model that cannot be cut,
 * `model-cache-failed` or `invalid-options`; or the signal's reason
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { loadPrecomputedCrossEncoder } from '@secondpass/precomputed-passages';
 * const store = { directory: 'passages', maxBytes: 2 ** 30 };
 * await using reranker = await loadPrecomputedCrossEncoder(modelDirectory('small'), { store, statePrecision: 'int8' });
 * const passages = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
 * const [yeast, harbor] = await reranker.score({ query: 'why does bread rise', passages });
 * yeast!.score > harbor!.score; // → true
 */
export async function loadPrecomputedCrossEncoder(
  directory: string,
  options: PrecomputedCrossEncoderOptions,
): Promise<PrecomputedCrossEncoder> {
  const checked = checkPrecomputedCrossEncoderOptions(options, options?.name ?? 'precomputed-cross-encoder');
  const { maxQueryShare, statePrecision } = checked;
  options.signal?.throwIfAborted();
  const model = await openModelDirectory(directory, options.precision);
  closedStatesOf(model);
  const config = await readModelConfig(model);
  const { signal } = options;
  await using opened = await openTokenizerFor(onnxRuntime, model.path, { signal });
  const { tokenizer } = opened;
  const head = await readHead(model, config, tokenizer);
  const name = options.name ?? model.name;
  const template = await tokenizer.pairTemplate();
  const frames = framesOf(template, name);
  const pairTokens = await readMaxTokens(model, config);
  const longest = Math.min(pairTokens, positionsOf(config) ?? pairTokens);
  const ownOf = ({ before, after }: typeof frames.query) => before.ids.length + after.ids.length;
  const templateTokens = ownOf(frames.query) + ownOf(frames.passage);
  // Cut a query at the same length as loadCrossEncoder does.
  const mostOfQuery = Math.max(1, Math.floor((pairTokens - templateTokens) * maxQueryShare));
  const maxTokens = { query: mostOfQuery + ownOf(frames.query), passage: longest };
  const graph = await graphToRun(model, checked.optimize, options.precision);
  const firstPosition = firstPositionOf(config);
  const { queryTypeId, passageTypeId } = template;
  const { vocab_size: vocabulary } = wordsSchema.parse(config);
  const split = await splitModel(model, graph, { vocabulary, queryTypeId, passageTypeId, firstPosition });
  const settings = { precision: graph.precision, statePrecision, maxTokens };
  const passageFingerprint = await fingerprintOfStates(model, { ...settings, frame: frames.passage });
  const fingerprint = await scoreFingerprint(model, head, { ...settings, optimize: checked.optimize });
  const sessionOptions = { ...checked, maxBatchTokens: await batchTokensFor(model, checked) };
  const openSession = (path: string, ends: Pick<SessionRequest, 'outputs'> & Partial<SessionRequest>) =>
    onnxRuntime.openSession({
      origin: name,
      graph: { ...graph, path },
      options: sessionOptions,
      firstPosition,
      signal,
      ...ends,
    });
  const lowerSession = await openSession(split.lower, { outputs: [split.states] });
  const upper = await openSession(split.upper, {
    outputs: ['logits', 'scores', 'last_hidden_state', 'token_embeddings'],
    statesInput: split.states,
    head: head.output,
  }).catch(async (error) => {
    await lowerSession.close();
    throw error;
  });
  const lower = new LowerLayers({
    name,
    tokenizer,
    session: lowerSession,
    frames,
    maxTokens,
    precision: statePrecision,
  });
  const { onStoreFailure } = checked;
  const ownsStore = !isStore(checked.store);
  const store = await openStore(checked.store).catch(async (error) => {
    await Promise.all([lowerSession.close(), upper.close()]);
    throw error;
  });
  const { precision } = graph;
  const crossEncoder = new PrecomputedCrossEncoder({
    name,
    fingerprint,
    defaultBlend: model.manifest.blend,
    passageFingerprint,
    precision,
    statePrecision,
    head,
    passageFrame: frames.passage,
    lower,
    passages: new KeptPassages({ passageFingerprint, lower, store, ownsStore, onStoreFailure }),
    upper,
    onWarning: checked.onWarning,
  });
  return opened.keptBy(crossEncoder);
}

async function openStore(given: PrecomputedCrossEncoderOptions['store']): Promise<PassageStateStore> {
  if (isStore(given)) return given;
  return typeof given === 'function' ? given() : PrecomputedPassages.open(given);
}

/** Everything that a passage's states depend on; the manifest's other fields may change. */
async function fingerprintOfStates(model: ModelDirectory, settings: object): Promise<string> {
  const { graph, path, activationRanges, manifest } = model;
  const files = [graph, join(path, 'tokenizer.json'), ...(activationRanges ? [activationRanges] : [])];
  const digests = await Promise.all(files.map((file) => fileDigest(model, file)));
  const all = [digests, manifest.closedStates, settings];
  return createHash('sha256').update(JSON.stringify(all, numbersAsList)).digest('hex');
}

function numbersAsList(_: string, value: unknown): unknown {
  return value instanceof Int32Array ? [...value] : value;
}
