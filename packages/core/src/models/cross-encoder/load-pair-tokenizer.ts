import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { readModelJson } from '../model-directory/model-directory.ts';
import { readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { modelManifestSchema, type ScoreScale } from '../model-directory/model-manifest.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { openTokenizerFor } from '../runtime/opened-tokenizer.ts';
import { encoderLayout } from './encoder-layout.ts';
import { relevantLabelOf } from './head.ts';
import { joinPair } from './pair-layout.ts';
import { readScoreScale } from './score-scale.ts';

/** A pair as a cross-encoder reads it. Equal lengths. */
export interface TokenizedPair {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** Tokens of the passage that did not fit. */
  readonly tokensCut: number;
}

/** The part of a cross-encoder that comes before its graph; the graph runs elsewhere. */
export interface PairTokenizer {
  readonly name: string;
  /** What the model's output means, from its files. */
  readonly scale: ScoreScale;
  /** Which of two logits is the relevant one. */
  readonly relevantLabel: number;
  /** Longest pair in tokens, special ones included. */
  readonly maxTokens: number;
  /** The id that shorter pairs of a batch are padded with. */
  readonly paddingId: number;
  /** One pair per passage, in input order. */
  encode(
    query: string,
    passages: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ readonly pairs: readonly TokenizedPair[]; readonly queryTokensCut: number }>;
  /** Frees the tokenizer. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Loads `config.json` and `tokenizer.json` of an encoder's directory; a graph need not be there. Ids equal those that
 * `loadCrossEncoder` makes; of a long passage its beginning is kept.
 *
 * @param maxQueryShare the most of a pair that a query may take, from 0 to 1
 * @param signal ends the loading
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, or `model-unsupported` for what is not an encoder that scores
 * pairs; or the signal's reason
 *
 * @example
 * import { loadPairTokenizer } from '@secondpass/core/models';
 * import { modelDirectory } from '@secondpass/models';
 * const tokenizer = await loadPairTokenizer(modelDirectory('small'));
 * const { pairs } = await tokenizer.encode('bread', ['Yeast makes dough rise.']);
 * pairs[0]?.ids.length === pairs[0]?.typeIds.length; // → true
 * await tokenizer.close();
 */
export async function loadPairTokenizer(
  directory: string,
  maxQueryShare = 0.5,
  signal?: AbortSignal,
): Promise<PairTokenizer> {
  const path = resolve(directory);
  for (const file of ['config.json', 'tokenizer.json']) {
    if ((await stat(`${path}/${file}`).catch(() => undefined))?.isFile()) continue;
    throw new RetrievalError({
      code: 'model-not-found',
      origin: basename(path),
      problem: `There is no ${file} in ${path}.`,
      nextStep: 'Give a directory with the config.json and tokenizer.json of the model that the server runs.',
    });
  }
  const manifest = (await readModelJson(path, 'secondpass.json', modelManifestSchema)) ?? {};
  const model = { path, manifest, name: manifest.name ?? basename(path) };
  const config = await readModelConfig(model);
  if (manifest.template !== undefined) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: model.name,
      problem: 'It is a decoder that needs a prompt.',
      nextStep: 'Serve it with vLLM, TEI or Infinity, which write the prompt themselves.',
    });
  }
  const scale = readScoreScale(model, config);
  await using opened = await openTokenizerFor(await loadRuntime(), path, { signal });
  const { tokenizer } = opened;
  const maxTokens = await readMaxTokens(model, config);
  const template = await tokenizer.pairTemplate();
  const layout = encoderLayout({ tokenizer, template, maxTokens, maxQueryShare });
  return opened.keptBy({
    name: model.name,
    scale,
    relevantLabel: manifest.relevantLabel ?? relevantLabelOf(config),
    maxTokens,
    paddingId: config.pad_token_id ?? 0,
    async encode(query, passages, signal) {
      const { pairs, queryTokensCut } = await layout.layOut(query, passages, signal);
      return {
        queryTokensCut,
        pairs: pairs.map((pair) => {
          const { before, after, passage } = pair;
          const room = Math.max(0, maxTokens - before.ids.length - after.ids.length);
          const kept = Math.min(room, passage.length);
          return { ...joinPair(pair, passage, [[0, kept]]), tokensCut: passage.length - kept };
        }),
      };
    },
    async close() {
      await tokenizer.close?.();
    },
  });
}
