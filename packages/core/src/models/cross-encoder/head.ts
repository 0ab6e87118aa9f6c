import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
import type { ModelManifest, ScoreScale } from '../model-directory/model-manifest.ts';
import { type PromptTemplate, promptTemplates } from '../model-directory/prompt-template.ts';
import type { OutputHead } from '../runtime/output-head.ts';
import type { Tokenizer } from '../runtime/tokenizer.ts';
import { readClassifierHead } from './classifier-head.ts';
import { readScoreScale } from './score-scale.ts';
import { readSentenceModules, type SentenceModules } from './sentence-modules.ts';

/** How a model's output becomes a score: from its own files, which the manifest overrides. */
export interface CrossEncoderHead {
  readonly scale: ScoreScale;
  /** Which of two logits is the relevant one. */
  readonly relevantLabel: number;
  /** What follows a graph that answers a vector per token. */
  readonly output?: OutputHead;
  /** Why a head's weights next to the graph could not be read. It matters only if the graph has no head of its own. */
  readonly outputProblem?: unknown;
  /** A decoder's prompt. */
  readonly template?: PromptTemplate;
}

/**
 * Reads what a model's output means. Nothing is guessed from a model's name.
 *
 * @throws RetrievalError `model-unsupported` when the files say that this is not a cross-encoder, or do not say enough
 *
 * @example
 * import { readHead } from '@secondpass/core/extend';
 * import { loadRuntime, openModelDirectory, openTokenizerFor, readModelConfig } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const model = await openModelDirectory(modelDirectory('small'));
 * await using opened = await openTokenizerFor(await loadRuntime(), model.path, {});
 * const head = await readHead(model, await readModelConfig(model), opened.tokenizer);
 * head.scale; // → 'logit'
 */
export async function readHead(
  model: ModelDirectory,
  config: ModelConfig,
  tokenizer: Pick<Tokenizer, 'encode'>,
): Promise<CrossEncoderHead> {
  const { manifest } = model;
  const modules = await readSentenceModules(model);
  const decoder = config.architectures?.[0]?.endsWith('ForCausalLM') || modules.answers !== undefined;
  if (manifest.kind !== 'bi-encoder' && (decoder || manifest.template !== undefined)) {
    return readDecoderHead(model, modules, tokenizer);
  }
  const relevantLabel = manifest.relevantLabel ?? relevantLabelOf(config);
  if (modules.head) {
    return {
      scale: manifest.scale ?? scaleOfLabels(model, modules.head),
      relevantLabel,
      output: modules.head,
    };
  }
  const scale = readScoreScale(model, config);
  try {
    const output = await readClassifierHead(model, config);
    return { scale, relevantLabel, ...(output && { output }) };
  } catch (outputProblem) {
    return { scale, relevantLabel, outputProblem };
  }
}

async function readDecoderHead(
  model: ModelDirectory,
  { answers }: SentenceModules,
  tokenizer: Pick<Tokenizer, 'encode'>,
): Promise<CrossEncoderHead> {
  const { manifest, name } = model;
  const template = templateOf(manifest);
  if (!template) {
    throw unsupported(
      name,
      'It is a decoder, and its files do not state its prompt for a pair',
      `State "template" in secondpass.json: ${Object.keys(promptTemplates).join(', ')}, or a prompt of its own.`,
    );
  }
  const yes = answers?.yes ?? (await tokenOf(tokenizer, template.yes, name));
  const no = answers ? answers.no : template.no && (await tokenOf(tokenizer, template.no, name));
  const columns = typeof no === 'number' ? [no, yes] : [yes];
  return {
    scale: columns.length === 2 ? 'two-logit' : 'logit',
    relevantLabel: 1,
    output: { pooling: 'last-token', columns, layers: [] },
    template,
  };
}

function templateOf({ template, instruction }: ModelManifest): PromptTemplate | undefined {
  const chosen = typeof template === 'string' ? promptTemplates[template] : template;
  return chosen && { ...chosen, ...(instruction !== undefined && { instruction }) };
}

async function tokenOf(tokenizer: Pick<Tokenizer, 'encode'>, word: string, origin: string): Promise<number> {
  const [ids] = await tokenizer.encode([word]);
  if (ids!.length === 1) return ids![0]!;
  throw unsupported(
    origin,
    `The answer ${JSON.stringify(word)} is ${ids!.length} tokens of its tokenizer, not one`,
    'State a template in secondpass.json whose answers are one token each.',
  );
}

/** Words that a config uses for the relevant class. `LABEL_0` and `LABEL_1` say nothing. */
const relevantNames = ['relevant', 'true', 'yes', 'positive'];

/** The label that a config names as the relevant one, otherwise 1. */
export function relevantLabelOf({ id2label = {} }: ModelConfig): number {
  const named = Object.entries(id2label).find(([, label]) =>
    relevantNames.includes(label.trim().toLowerCase()),
  );
  return named?.[0] === '0' ? 0 : 1;
}

function scaleOfLabels({ name }: ModelDirectory, { layers }: OutputHead): ScoreScale {
  const labels = layers.findLast((layer) => layer.kind === 'dense')?.outputs;
  if (labels === 1) return 'logit';
  if (labels === 2) return 'two-logit';
  throw unsupported(
    name,
    `Its head gives ${labels ?? 'no'} numbers, but relevance has one or two`,
    'Use a model that was trained to rank.',
  );
}

function unsupported(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'model-unsupported', origin, problem: `${problem}.`, nextStep });
}
