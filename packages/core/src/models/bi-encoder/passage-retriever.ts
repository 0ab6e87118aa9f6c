import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
import type { VectorModules } from './vector-modules.ts';

/** The two halves of Dense Passage Retrieval (Karpukhin et al. 2020): one model for queries, another one for passages. */
export type DprRole = 'query' | 'passage';

const roles = new Map<string, DprRole>([
  ['DPRQuestionEncoder', 'query'],
  ['DPRContextEncoder', 'passage'],
]);

/**
 * Which half a model is, by its config's architecture.
 *
 * @param wanted the half that the caller loads; undefined if one model reads both kinds
 * @returns undefined for a model of another family, which may be either half
 * @throws RetrievalError `model-unsupported` for a half that is loaded alone or in place of the other half
 */
export function dprRoleOf(
  { architectures }: ModelConfig,
  { name }: ModelDirectory,
  wanted: DprRole | undefined,
): DprRole | undefined {
  const architecture = architectures?.find((word) => roles.has(word));
  const role = architecture === undefined ? undefined : roles.get(architecture);
  if (role === undefined || role === wanted) return role;
  throw new RetrievalError({
    code: 'model-unsupported',
    origin: name,
    problem: `It is a ${architecture}, which reads ${role === 'query' ? 'queries' : 'passages'} only.`,
    nextStep: 'Load both models: loadDualEncoder({ query: questionEncoder, passage: contextEncoder }).',
  });
}

/**
 * The [CLS] token's vector, not scaled: DPR compares by inner product. If the config states a projection, only the
 * graph's own pooled output is right.
 */
export function dprModules(config: ModelConfig): VectorModules {
  const projected = Number(config['projection_dim'] ?? 0) > 0;
  return { modes: projected ? [] : ['cls'], includePrompt: true, steps: [], weightFiles: [] };
}
