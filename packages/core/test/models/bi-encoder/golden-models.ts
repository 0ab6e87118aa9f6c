import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { damagedCopy } from '../damaged-model.ts';

type Kind = 'query' | 'passage';

export interface GoldenCase {
  readonly files: Readonly<Record<string, unknown>>;
  /** Base64 by path. */
  readonly weights: Readonly<Record<string, string>>;
  readonly dimensions: number | null;
  /** Without prompts, those of a query are those of a passage. */
  readonly vectors: { readonly query?: readonly number[][]; readonly passage: readonly number[][] };
}

/** Written by integration/goldens/make_embedder_goldens.py with sentence-transformers in float32. */
export interface EmbedderGoldens {
  readonly texts: readonly string[];
  readonly cases: Readonly<Record<string, GoldenCase>>;
  readonly dpr: Readonly<Record<Kind, readonly number[][]>>;
  readonly quantized: Readonly<Record<'int8' | 'uint8' | 'binary' | 'ubinary', readonly number[][]>> & {
    readonly sample: number;
  };
}

const folder = fileURLToPath(new URL('../goldens/embedders/', import.meta.url));

export const goldens: EmbedderGoldens = JSON.parse(
  readFileSync(join(folder, 'embedder-goldens.json'), 'utf8'),
);

/** tiny-sentence-bert with the files of a case in place of its own modules. */
export function modelOf({ files, weights }: Pick<GoldenCase, 'files' | 'weights'>): string {
  return damagedCopy('tiny-sentence-bert', (directory) => {
    const write = (file: string, content: string | Buffer) => {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), content);
    };
    for (const [file, content] of Object.entries(files)) write(file, JSON.stringify(content));
    for (const [file, content] of Object.entries(weights)) write(file, Buffer.from(content, 'base64'));
  });
}

/** One half of the DPR pair, with the tokenizer that both share. */
export function dprModel(kind: Kind): string {
  return damagedCopy('tiny-sentence-bert', (directory) => {
    for (const file of ['config.json', 'onnx/model.onnx']) {
      cpSync(join(folder, `dpr-${kind}`, file), join(directory, file));
    }
    // DPR's own directories have none.
    rmSync(join(directory, 'modules.json'));
  });
}

export function largestDifference(vector: ArrayLike<number>, expected: readonly number[]): number {
  if (vector.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Math.max(...expected.map((value, index) => Math.abs(value - vector[index]!)));
}
