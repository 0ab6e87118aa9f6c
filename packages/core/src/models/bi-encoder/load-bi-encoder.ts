import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { EmbedRequest } from '../../retrieval/seams/embedder.ts';
import { damaged, type ModelDirectory, openModelDirectory } from '../model-directory/model-directory.ts';
import { firstPositionOf, readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { openParts } from '../runtime/open-parts.ts';
import type { Tokenizer } from '../runtime/tokenizer.ts';
import { BiEncoder } from './bi-encoder.ts';
import { type BiEncoderOptions, checkBiEncoderOptions, type Prompts } from './bi-encoder-options.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type DprRole, dprModules, dprRoleOf } from './passage-retriever.ts';
import { pooledInThread } from './pooled-in-thread.ts';
import { readPrompts } from './read-prompts.ts';
import { unsupportedModule } from './unsupported-module.ts';
import { dimensionsOf, readVectorModules, type VectorModules } from './vector-modules.ts';

/**
 * Loads a bi-encoder from a directory in Hugging Face's layout with sentence-transformers' `modules.json`: pooling,
 * Dense and Normalize modules are run as it says. Prompts that `config_sentence_transformers.json` states for queries
 * and passages are put before the texts.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported` or `invalid-options`; or the signal's
 * reason
 *
 * @example
 * import { loadBiEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using embedder = await loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1 });
 * const vectors = await embedder.embed({ texts: ['Yeast makes dough rise.'], kind: 'passage' });
 * vectors.length; // → 1
 */
export function loadBiEncoder(directory: string, options: BiEncoderOptions = {}): Promise<BiEncoder> {
  return openBiEncoder(directory, options, undefined);
}

/**
 * @param role the half of a pair that the directory must hold; undefined for a model that reads both kinds
 */
export async function openBiEncoder(
  directory: string,
  options: BiEncoderOptions,
  role: DprRole | undefined,
): Promise<BiEncoder> {
  const checked = checkBiEncoderOptions(options, options?.name ?? 'bi-encoder');
  options.signal?.throwIfAborted();
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
  const ownRole = dprRoleOf(config, model, role);
  const maxTokens = await readMaxTokens(model, config);
  if (config.hidden_size === undefined) throw damaged(model.name, 'config.json does not state hidden_size');
  const modules = await chooseModules(model, options, ownRole && dprModules(config));
  const projected = modules.modes.length === 0 ? Number(config['projection_dim']) : undefined;
  const fullDimensions = projected ?? dimensionsOf(modules, config.hidden_size);
  const name = options.name ?? model.name;
  const dimensions = checkDimensions(options.dimensions, fullDimensions, name);
  const prompts = { ...(await readPrompts(model)), ...withoutUndefined(options.prompts ?? {}) };
  const { signal } = options;
  const runtime = await loadRuntime(options.runtime);
  await using opened = await openParts(runtime, model.path, { signal }, async () => ({
    session: await runtime.openSession({
      origin: name,
      model,
      options: checked,
      // Prefer token vectors: the modules are then run here, as the files say and only once.
      outputs: [
        ...(ownRole ? ['pooler_output'] : []),
        'last_hidden_state',
        'token_embeddings',
        'sentence_embedding',
      ],
      head: pooledInThread(modules),
      firstPosition: firstPositionOf(config),
      signal,
    }),
  }));
  const { tokenizer, session } = opened;
  const template = await tokenizer.singleTemplate();
  const unpooledTokens = await countUnpooled(prompts, modules, tokenizer, template.before.ids.length);
  if (Math.max(unpooledTokens.query, unpooledTokens.passage) + template.after.ids.length >= maxTokens) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: name,
      problem: `A prompt fills all of the ${maxTokens} tokens that the model reads.`,
      nextStep: 'Use a shorter prompt.',
    });
  }
  const { precision } = session;
  const { passage } = prompts;
  const fingerprint = await fingerprintOf(model, modules, {
    precision,
    dimensions,
    maxTokens,
    passage,
  });
  const biEncoder = new BiEncoder({
    name,
    fingerprint,
    manifest: model.manifest,
    precision,
    dimensions,
    fullDimensions,
    maxTokens,
    prompts,
    unpooledTokens,
    template,
    modules,
    tokenizer,
    session,
  });
  return opened.keptBy(biEncoder);
}

async function chooseModules(
  model: ModelDirectory,
  { pooling, unitLength = false }: BiEncoderOptions,
  ofFamily: VectorModules | undefined,
): Promise<VectorModules> {
  if (pooling !== undefined) {
    return {
      modes: [pooling],
      includePrompt: true,
      steps: unitLength ? ['unit-length'] : [],
      weightFiles: [],
    };
  }
  const modules = (await readVectorModules(model)) ?? ofFamily;
  if (modules) return modules;
  throw unsupportedModule(model.name, 'modules.json is missing, so that the pooling is not known');
}

function checkDimensions(asked: number | undefined, full: number, origin: string): number {
  if (asked === undefined || asked <= full) return asked ?? full;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `dimensions is ${describeValue(asked)}, and the model gives ${full}.`,
    nextStep: `Use at most ${full}.`,
    path: ['dimensions'],
  });
}

async function countUnpooled(
  { query, passage }: Required<Prompts>,
  { includePrompt }: VectorModules,
  tokenizer: Tokenizer,
  tokensBefore: number,
): Promise<Record<EmbedRequest['kind'], number>> {
  if (includePrompt) return { query: 0, passage: 0 };
  const [ofQuery, ofPassage] = await tokenizer.encode([query, passage]);
  const count = (ids: Int32Array) => (ids.length === 0 ? 0 : tokensBefore + ids.length);
  return { query: count(ofQuery!), passage: count(ofPassage!) };
}

function withoutUndefined(prompts: Prompts): Prompts {
  return Object.fromEntries(Object.entries(prompts).filter(([, prompt]) => prompt !== undefined));
}
