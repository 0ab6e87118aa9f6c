/** transformers.js as its documentation runs a cross-encoder: pairs padded to the longest of their batch. */
import { basename, dirname } from 'node:path';
import { answerLines, type ScoreRequest } from './answer-lines.ts';
import { longestGapDuring } from './event-loop-gap.ts';
import { importInstalled, transformersJsVersions } from './installed-package.ts';

interface Tensor {
  readonly data: Float32Array;
}
type Tokenize = (
  texts: readonly string[],
  options: { text_pair: readonly string[]; padding: boolean; truncation: boolean; max_length: number },
) => object;
interface Model {
  (inputs: object): Promise<{ logits: Tensor }>;
  dispose(): Promise<unknown>;
}
interface Library {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoTokenizer: { from_pretrained(name: string): Promise<Tokenize> };
  readonly AutoModelForSequenceClassification: {
    from_pretrained(name: string, options: { dtype: string; device: string }): Promise<Model>;
  };
}

const library = await importInstalled<Library>('@huggingface/transformers');
library.env.allowRemoteModels = false;
let tokenize: Tokenize | undefined;
let model: Model | undefined;

async function scoreAll({ query, passages, batchSize = 32 }: ScoreRequest): Promise<number[]> {
  const scores: number[] = [];
  for (let start = 0; start < passages.length; start += batchSize) {
    const batch = passages.slice(start, start + batchSize);
    const inputs = tokenize!(new Array<string>(batch.length).fill(query), {
      text_pair: batch,
      padding: true,
      truncation: true,
      max_length: 512,
    });
    const { logits } = await model!(inputs);
    scores.push(...logits.data);
  }
  return scores;
}

await answerLines({
  async load({ directory, precision }) {
    await model?.dispose();
    library.env.localModelPath = dirname(directory);
    const name = basename(directory);
    tokenize = await library.AutoTokenizer.from_pretrained(name);
    model = await library.AutoModelForSequenceClassification.from_pretrained(name, {
      dtype: precision === 'int8' ? 'q8' : 'fp32',
      device: 'cpu',
    });
    return { versions: transformersJsVersions() };
  },
  async score(request) {
    const started = performance.now();
    const scores = await scoreAll(request);
    return { ms: performance.now() - started, scores, scale: 'logit' };
  },
  async gap(request) {
    return { longestGapMs: await longestGapDuring(() => scoreAll(request)) };
  },
});
