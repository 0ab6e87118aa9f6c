import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { graphs, openPolyEncoderDirectory } from '../poly-encoder/poly-encoder-directory.ts';
import { type RerankerKind, readRerankerKind } from '../reranker-kind.ts';
import { RetrievalError } from '../retrieval-error.ts';
import { openModelDirectory, readModelJson, sha256Of } from './model-directory.ts';
import { type ModelManifest, modelManifestSchema } from './model-manifest.ts';

export interface ModelFileState {
  /** Path inside the model directory. */
  readonly path: string;
  readonly bytes: number;
  /** Empty for a missing file. */
  readonly sha256: string;
  /** `unlisted`: present, and not pinned by a manifest. */
  readonly state: 'ok' | 'altered' | 'missing' | 'unlisted';
}

export interface ModelInspection {
  readonly directory: string;
  readonly name: string;
  readonly kind: ModelManifest['kind'] | RerankerKind | 'unknown';
  readonly files: readonly ModelFileState[];
  /** One sentence per thing that keeps the model from loading; empty when nothing does. */
  readonly problems: readonly string[];
}

const usual = ['config.json', 'tokenizer.json', 'onnx/model.onnx', 'onnx/model_quantized.onnx'];
const ofPolyEncoders = ['poly_encoder.json', 'tokenizer.json', ...Object.values(graphs)];

/** The state of a model's files, for a report: it reads every digest and loads nothing. Never rejects for a bad directory. */
export async function inspectModelDirectory(directory: string): Promise<ModelInspection> {
  const path = resolve(directory);
  const problems: string[] = [];
  const note = (error: unknown) => {
    problems.push(RetrievalError.is(error) ? `${error.problem} ${error.nextStep}` : String(error));
  };
  const manifest = await readModelJson(path, 'secondpass.json', modelManifestSchema).catch(() => undefined);
  const kind = await readRerankerKind(path).catch(() => 'cross-encoder' as const);
  const poly = kind === 'poly-encoder';
  const pinned = manifest?.files ?? {};
  const files: ModelFileState[] = [];
  for (const file of new Set([...(poly ? ofPolyEncoders : usual), ...Object.keys(pinned)])) {
    const bytes = await stat(join(path, file)).then(
      (entry) => entry.size,
      () => -1,
    );
    const expected = pinned[file];
    if (bytes === -1) {
      if (expected) files.push({ path: file, bytes: 0, sha256: '', state: 'missing' });
      continue;
    }
    const sha256 = await sha256Of(join(path, file));
    const same = expected?.bytes === bytes && expected.sha256 === sha256;
    files.push({ path: file, bytes, sha256, state: expected ? (same ? 'ok' : 'altered') : 'unlisted' });
  }
  await (poly ? openPolyEncoderDirectory(path) : openModelDirectory(path)).catch(note);
  return {
    directory: path,
    name: manifest?.name ?? basename(path),
    // A cross-encoder's files say nothing of their own, and a bi-encoder's look the same.
    kind: manifest?.kind ?? (kind === 'cross-encoder' ? 'unknown' : kind),
    files,
    problems,
  };
}
