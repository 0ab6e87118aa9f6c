import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
import type { ScoreScale } from '../model-directory/model-manifest.ts';

/**
 * What the model's output means: as the manifest states it, otherwise by the number of labels in a sequence
 * classifier's config. Nothing is guessed from a model's name.
 *
 * @throws RetrievalError `model-unsupported` when the files say that this is not a cross-encoder
 */
export function readScoreScale(
  { manifest, name }: Pick<ModelDirectory, 'manifest' | 'name'>,
  config: ModelConfig,
): ScoreScale {
  if (manifest.kind === 'bi-encoder') {
    throw unsupported(name, 'secondpass.json says that it is a bi-encoder', 'Load it with loadBiEncoder.');
  }
  if (manifest.scale !== undefined) return manifest.scale;
  const architecture = config.architectures?.[0] ?? 'none';
  if (!architecture.endsWith('ForSequenceClassification')) {
    throw unsupported(
      name,
      `config.json names the architecture ${architecture}, which has no head that scores a pair`,
      'Use a …ForSequenceClassification model, or state "scale" in a secondpass.json next to config.json.',
    );
  }
  // transformers writes id2label and leaves num_labels out; with neither, a model has its default of two.
  const labels = config.num_labels ?? (config.id2label ? Object.keys(config.id2label).length : 2);
  if (labels === 1) return 'logit';
  if (labels === 2) return 'two-logit';
  throw unsupported(
    name,
    `config.json states ${labels} labels, but relevance has one or two`,
    'Use a model that was trained to rank.',
  );
}

function unsupported(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'model-unsupported', origin, problem: `${problem}.`, nextStep });
}
