import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { calibrateCrossEncoder } from '@secondpass/core/models';
import type { ShapeName } from './bench-options.ts';
import { shapeDirectory } from './generated-files.ts';
import { calibrationSeed, MadeUpTexts } from './made-up-texts.ts';
import { workloads } from './workloads.ts';

const texts = 64;

/** Prepares our own int8, whose scales are measured once; the peers' int8 files take theirs from each batch. */
export async function calibrateShapes(shapes: readonly ShapeName[]): Promise<void> {
  for (const shape of shapes) {
    const directory = shapeDirectory(shape);
    if (existsSync(join(directory, 'onnx', 'activation_ranges.json'))) continue;
    const { query, passages } = (await MadeUpTexts.open(directory)).request(
      workloads['W1']!,
      texts,
      calibrationSeed,
    );
    await calibrateCrossEncoder(directory, { pairs: passages.map((passage) => ({ query, passage })) });
  }
}
