import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calibrateBiEncoder } from '@secondpass/core/models';
import { optimizeModel } from '@secondpass/runtime-onnx';
import { cacheFolder } from '../cross-encoder/cache-folder.ts';
import { runGenerator } from '../cross-encoder/generated-files.ts';
import { calibrationSeed, MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { workloads } from '../cross-encoder/workloads.ts';

/** all-MiniLM-L6-v2 in the forms that all contenders load. */
export const embedderDirectory = join(cacheFolder, 'all-MiniLM-L6-v2');

const calibrationTexts = 200;

/**
 * Makes what is not there yet, our own ranges for int8 and our optimized graphs among it, so that the memory of a run is not
 * that of a first load. @throws Error with the script's last words
 */
export async function prepareEmbedder(python: string): Promise<void> {
  if (!existsSync(join(embedderDirectory, 'onnx', 'model_quantized.onnx'))) {
    console.error(`Writing all-MiniLM-L6-v2 to ${embedderDirectory}.`);
    const script = fileURLToPath(new URL('./python/make_embedder.py', import.meta.url));
    runGenerator(python, script, [embedderDirectory]);
  }
  if (!existsSync(join(embedderDirectory, 'onnx', 'activation_ranges.json'))) {
    const texts = (await MadeUpTexts.open(embedderDirectory)).passages(
      workloads['W1']!.pairLengths(calibrationTexts),
      calibrationSeed,
    );
    await calibrateBiEncoder(embedderDirectory, { texts });
  }
  for (const precision of ['fp32', 'int8'] as const) await optimizeModel(embedderDirectory, { precision });
}
