import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { openModelDirectory, readModelJson } from './model-directory.ts';
import { sha256Of } from './model-file.ts';
import { modelManifestSchema } from './model-manifest.ts';

/** A file of a model, compared with what the model's manifest pins. */
export interface ModelFileState {
  /** Path inside the model directory. */
  readonly path: string;
  /** Size of the file; 0 for a missing one. */
  readonly bytes: number;
  /** Empty for a missing file. */
  readonly sha256: string;
  /** `unlisted`: present, and not pinned by a manifest. */
  readonly state: 'ok' | 'altered' | 'missing' | 'unlisted';
}

/** What {@link inspectModelDirectory} found. */
export interface ModelInspection {
  readonly directory: string;
  readonly name: string;
  /** The kind that the manifest states, otherwise the one that the caller knows; most models' files do not tell. */
  readonly kind: string;
  readonly files: readonly ModelFileState[];
  /** One sentence per thing that keeps the model from loading; empty when nothing does. */
  readonly problems: readonly string[];
}

const usual = ['config.json', 'tokenizer.json', 'onnx/model.onnx', 'onnx/model_quantized.onnx'];

/** A kind of model whose directory holds other files than a cross-encoder's or a bi-encoder's. */
export interface ModelKind {
  readonly kind: string;
  /** The files of this kind, in addition to those that a manifest pins. */
  readonly files?: readonly string[];
  /** Opens the directory, and rejects if it cannot be loaded. @default what `loadCrossEncoder` checks */
  readonly open?: (directory: string) => Promise<unknown>;
}

/**
 * The state of a model's files, for a report: it reads every digest and loads nothing. Never rejects for a bad directory.
 *
 * @param directory path of the model's files
 *
 * @example
 * import { inspectModelDirectory } from '@secondpass/core/models';
 * import { modelDirectory } from '@secondpass/models';
 * const { name, problems } = await inspectModelDirectory(modelDirectory('small'));
 * [name, problems]; // → [ 'small', [] ]
 */
export async function inspectModelDirectory(
  directory: string,
  { kind = 'unknown', files: ofKind = usual, open = openModelDirectory }: Partial<ModelKind> = {},
): Promise<ModelInspection> {
  const path = resolve(directory);
  const problems: string[] = [];
  const note = (error: unknown) => {
    problems.push(RetrievalError.is(error) ? `${error.problem} ${error.nextStep}` : String(error));
  };
  const manifest = await readModelJson(path, 'secondpass.json', modelManifestSchema).catch(() => undefined);
  const pinned = manifest?.files ?? {};
  const files: ModelFileState[] = [];
  for (const file of new Set([...ofKind, ...Object.keys(pinned)])) {
    const bytes = await stat(join(path, file)).then(
      (entry) => entry.size,
      () => -1,
    );
    const expected = pinned[file];
    if (bytes === -1) {
      if (expected) files.push({ path: file, bytes: 0, sha256: '', state: 'missing' });
      continue;
    }
    const sha256 = await sha256Of(join(path, file)).catch((error) => {
      note(error);
      return '';
    });
    const same = expected?.bytes === bytes && expected.sha256 === sha256;
    files.push({ path: file, bytes, sha256, state: expected ? (same ? 'ok' : 'altered') : 'unlisted' });
  }
  await open(path).catch(note);
  return {
    directory: path,
    name: manifest?.name ?? basename(path),
    kind: manifest?.kind ?? kind,
    files,
    problems,
  };
}
