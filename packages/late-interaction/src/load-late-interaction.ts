import { relative } from 'node:path';
import { type EncoderOptions, RetrievalError } from '@secondpass/core';
import type { TokenVectorStore } from '@secondpass/core/extend';
import { describeValue, integer } from '@secondpass/core/extend';
import {
  checkEncoderOptions,
  firstPositionOf,
  loadRuntime,
  type ModelDirectory,
  modelFingerprint,
  openModelDirectory,
  openTokenizerFor,
  positionsOf,
  readMaxTokens,
  readModelConfig,
  readModelJson,
  type Tokenizer,
} from '@secondpass/core/runtime';
import { z } from 'zod';
import { LateInteraction } from './late-interaction.ts';
import { type LateInteractionLayout, unsupportedLayout } from './late-interaction-layout.ts';
import type { SequenceForm } from './marked-sequence.ts';
import { readLateInteractionLayout } from './read-layout.ts';
import { tokenVectorStore } from './token-vector-store-shape.ts';

/** How a late-interaction model is run. Lengths are in tokens. */
export interface LateInteractionOptions extends EncoderOptions {
  /**
   * Longest query in tokens, special ones included; shorter ones are expanded to it if the model does that.
   * @default the model's own
   */
  readonly maxQueryTokens?: number;
  /** Longest passage in tokens, special ones included. @default the model's own */
  readonly maxPassageTokens?: number;
  /**
   * The store that {@link storeTokenVectors} has filled with passage vectors. It stays open when the model is closed.
   * @default none
   */
  readonly store?: TokenVectorStore;
}

const shape = {
  maxQueryTokens: integer(4, 1_000_000).optional(),
  maxPassageTokens: integer(4, 1_000_000).optional(),
  store: tokenVectorStore.optional(),
};

/**
 * Loads a late-interaction model: the directory of a PyLate model, of Stanford's ColBERT or of sentence-transformers'
 * MultiVectorEncoder, with `onnx/model.onnx` or `onnx/model_quantized.onnx`. Marks, lengths, query expansion, left-out
 * punctuation and the projection are read from its files.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`
 *
 * @example
 * import { loadLateInteraction } from '@secondpass/late-interaction';
 * await using reranker = await loadLateInteraction('models/colbert', { workers: 1 });
 * const scores = await reranker.score({ query: 'why does bread rise', passages: ['Yeast.', 'Salt.'] });
 * scores.length; // → 2
 */
export async function loadLateInteraction(
  directory: string,
  options: LateInteractionOptions = {},
): Promise<LateInteraction> {
  const checked = checkEncoderOptions(options, options?.name ?? 'late-interaction', shape);
  const { signal } = options;
  const model = await openModelDirectory(directory, options.precision);
  const config = await readModelConfig(model);
  const layout = await readLateInteractionLayout(model, config);
  const name = options.name ?? model.name;
  const runtime = await loadRuntime(options.runtime);
  await using opened = await openTokenizerFor(runtime, model.path, { signal });
  const { tokenizer } = opened;
  // sentence-transformers keeps a place of max_seq_length for the mark, so only the position table is a limit.
  const most = positionsOf(config) ?? (await readMaxTokens(model, config));
  const limitOf = (option: 'maxQueryTokens' | 'maxPassageTokens', stated: number | undefined) =>
    checkLimit(name, option, options[option] ?? Math.min(stated ?? most, most), most);
  const limits = {
    query: limitOf('maxQueryTokens', layout.queryTokens),
    passage: limitOf('maxPassageTokens', layout.passageTokens),
  };
  const forms = await readForms(model, layout, tokenizer, limits);
  const skipped = await Promise.all(layout.skippedWords.map((word) => tokenizer.tokenId(word)));
  // New ranges change the vectors of the same graph.
  const computedBy = [model.graph, ...(model.activationRanges ? [model.activationRanges] : [])];
  const files = [
    ...computedBy.map((file) => relative(model.path, file)),
    'tokenizer.json',
    ...layout.weightFiles,
  ];
  const { marks, markAs, skippedWords, projections, expandQueries, attendToExpansion } = layout;
  const session = await runtime.openSession({
    origin: name,
    model,
    options: checked,
    outputs: ['token_embeddings', 'last_hidden_state'],
    firstPosition: firstPositionOf(config),
    projections: projections.length > 0 ? projections : undefined,
    signal,
  });
  const { precision } = session;
  const passageSettings = { precision, mark: marks.passage, markAs, skippedWords, maxTokens: limits.passage };
  const querySettings = { mark: marks.query, expandQueries, attendToExpansion, maxTokens: limits.query };
  const passageFingerprint = await modelFingerprint(model.path, files, passageSettings).catch(
    async (error) => {
      await session.close();
      throw error;
    },
  );
  const fingerprint = await modelFingerprint(model.path, [], { passageFingerprint, ...querySettings });
  const lateInteraction = new LateInteraction({
    name,
    fingerprint,
    passageFingerprint,
    forms,
    prompts: layout.markAs === 'text' ? layout.marks : { query: '', passage: '' },
    skipped: new Set(skipped.filter((id) => id !== undefined)),
    tokenizer,
    session,
    store: options.store,
  });
  return opened.keptBy(lateInteraction);
}

async function readForms(
  model: ModelDirectory,
  layout: LateInteractionLayout,
  tokenizer: Tokenizer,
  limits: Readonly<Record<'query' | 'passage', number>>,
): Promise<Record<'query' | 'passage', SequenceForm>> {
  const template = await tokenizer.singleTemplate();
  const formOf = async (kind: 'query' | 'passage'): Promise<SequenceForm> => ({
    template,
    mark: layout.markAs === 'token' ? await markOf(model, layout.marks[kind], tokenizer) : undefined,
    maxTokens: limits[kind],
  });
  if (!layout.expandQueries) return { query: await formOf('query'), passage: await formOf('passage') };
  const token = await readMaskToken(model, tokenizer);
  const expansion = { token, attended: layout.attendToExpansion };
  return { query: { ...(await formOf('query')), expansion }, passage: await formOf('passage') };
}

async function markOf(
  model: ModelDirectory,
  mark: string,
  tokenizer: Tokenizer,
): Promise<number | undefined> {
  if (mark === '') return undefined;
  const id = await tokenizer.tokenId(mark);
  if (id !== undefined) return id;
  throw unsupportedLayout(
    model.name,
    `tokenizer.json has no token ${JSON.stringify(mark)} to mark texts with`,
  );
}

const tokenSchema = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const tokensSchema = z.looseObject({ mask_token: tokenSchema, eos_token: tokenSchema });

/** The mask token; a decoder, which has none, expands with the token that ends a text. */
async function readMaskToken(model: ModelDirectory, tokenizer: Tokenizer): Promise<number> {
  for (const file of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const tokens = await readModelJson(model.path, file, tokensSchema);
    const stated = tokens?.mask_token ?? tokens?.eos_token;
    const id = stated && (await tokenizer.tokenId(typeof stated === 'string' ? stated : stated.content));
    if (typeof id === 'number') return id;
  }
  throw unsupportedLayout(model.name, 'it expands queries, and tokenizer_config.json states no mask_token');
}

function checkLimit(origin: string, option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 4 && value <= most) return value;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${option} is ${describeValue(value)}.`,
    nextStep: `Use an integer from 4 to ${most}, what the model's position table holds.`,
    path: [option],
  });
}
