/** transformers.js as its documentation embeds texts: the pipeline, batch by batch in the order of the texts. */
import { basename, dirname } from 'node:path';
import { answerLines } from '../../cross-encoder/processes/answer-lines.ts';
import { importInstalled, transformersJsVersions } from '../../cross-encoder/processes/installed-package.ts';

interface Tensor {
  tolist(): number[][];
}
type Extract = (
  texts: readonly string[],
  options: { pooling: 'mean'; normalize: boolean },
) => Promise<Tensor>;
interface Library {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: string; device: string },
  ): Promise<Extract>;
}

const library = await importInstalled<Library>('@huggingface/transformers');
library.env.allowRemoteModels = false;
let extract: Extract | undefined;

await answerLines({
  async load({ directory, precision }) {
    library.env.localModelPath = dirname(directory);
    extract = await library.pipeline('feature-extraction', basename(directory), {
      dtype: precision === 'int8' ? 'q8' : 'fp32',
      device: 'cpu',
    });
    return { versions: transformersJsVersions() };
  },
  async embed({ passages, batchSize = 32, wantVectors }) {
    const started = performance.now();
    const vectors: number[][] = [];
    for (let start = 0; start < passages.length; start += batchSize) {
      const tensor = await extract!(passages.slice(start, start + batchSize), {
        pooling: 'mean',
        normalize: true,
      });
      vectors.push(...tensor.tolist());
    }
    return { ms: performance.now() - started, ...(wantVectors && { vectors }) };
  },
});
