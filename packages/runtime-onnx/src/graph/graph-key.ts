import { createHash } from 'node:crypto';
import { runtimeVersion } from '../runtime-version.ts';
import type { Int8Settings } from './int8/quantize-graph.ts';
import { optimizerVersion } from './optimizer-report.ts';

/**
 * What an optimized graph is called: by what it is made of, and by what makes and runs it.
 *
 * @param sha256 digest of the original file, hexadecimal; the name begins with it
 */
export function graphKey(sha256: string, int8?: Int8Settings): string {
  const settings = int8 && createHash('sha256').update(JSON.stringify(int8)).digest('hex').slice(0, 16);
  return [sha256, ...(settings ? [settings] : []), optimizerVersion, runtimeVersion].join('-');
}
