import { inspectModelDirectory, type ModelInspection, type ModelKind } from '@secondpass/core/models';
import { openPolyEncoderDirectory, polyEncoderFiles } from '@secondpass/late-interaction';
import { readRerankerKind } from './reranker-kind.ts';

/** The state of a model's files, for any kind of model. It does not reject for a bad directory. */
export async function inspectModel(directory: string): Promise<ModelInspection> {
  return inspectModelDirectory(directory, await kindOf(directory));
}

async function kindOf(directory: string): Promise<Partial<ModelKind>> {
  const kind = await readRerankerKind(directory).catch(() => 'cross-encoder' as const);
  if (kind === 'poly-encoder') return { kind, files: polyEncoderFiles, open: openPolyEncoderDirectory };
  // The files of a cross-encoder do not distinguish it from a bi-encoder.
  return kind === 'late-interaction' ? { kind } : {};
}
