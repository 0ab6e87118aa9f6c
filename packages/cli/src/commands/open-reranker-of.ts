import type { LongPassagePolicy, Precision, ScoreScaling } from '@secondpass/core';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
import { flagError } from '../flag-error.ts';
import { loadReranker } from '../load-reranker.ts';
import { resolveModel } from '../models.ts';
import type { OpenReranker } from '../open-reranker.ts';
import { openReranker } from '../pipeline.ts';

/** The flags of `rerank` that say by what and how it scores. */
export interface RerankerFlags {
  /** @default small */
  readonly model?: string;
  readonly config?: string;
  readonly topK?: number;
  readonly minScore?: number;
  readonly scoreScaling?: ScoreScaling;
  readonly longPassages?: LongPassagePolicy;
  readonly precision?: Precision;
}

const flagNames: Readonly<Record<string, string>> = { longPassages: 'long-passages' };

/** Opens the reranker of a configuration, or the model that is named. @throws RetrievalError */
export async function openRerankerOf(
  { model, config, longPassages, precision }: RerankerFlags,
  context: CommandContext,
): Promise<OpenReranker> {
  if (config !== undefined) {
    const given = Object.entries({ model, longPassages, precision }).find(([, value]) => value !== undefined);
    if (given) {
      throw flagError(
        `--${flagNames[given[0]] ?? given[0]}`,
        'The configuration says it already.',
        'Leave this flag out, or leave --config out.',
      );
    }
    return openReranker(await readConfigFile(config, context));
  }
  const named = await resolveModel(model ?? 'small', context.folder, {
    code: 'invalid-options',
    origin: '--model',
  });
  return loadReranker(
    named,
    { longPassages, precision },
    { code: 'invalid-options', originOf: (setting) => `--${flagNames[setting] ?? setting}` },
  );
}
