import type { Precision } from '@secondpass/core';
import type { ContenderScript } from '../cross-encoder/contender-process.ts';

export interface EmbeddingContender {
  /** What `--against` and the rows call it. */
  readonly name: string;
  readonly script: ContenderScript;
  readonly precisions: readonly Precision[];
  /** Texts that go through the model at once, where its public call leaves that to the caller. */
  readonly batchSize?: number;
}

const both: readonly Precision[] = ['fp32', 'int8'];
const ours = new URL('./processes/ours.ts', import.meta.url);
const transformersJs = new URL('./processes/transformers-js.ts', import.meta.url);
const embedders = new URL('./python/embedders.py', import.meta.url);

function python(name: string, precisions: readonly Precision[]): EmbeddingContender {
  return { name, precisions, script: { language: 'python', file: embedders, arguments: [name] } };
}

/** Who is measured. */
export const embeddingContenders: readonly EmbeddingContender[] = [
  { name: 'ours', script: { language: 'node', file: ours }, precisions: both },
  ...[32, 1].map((batchSize) => ({
    name: `transformers.js-${batchSize}`,
    script: { language: 'node' as const, file: transformersJs },
    precisions: both,
    batchSize,
  })),
  python('sentence-transformers-torch', ['fp32']),
  python('sentence-transformers-onnx', both),
  python('sentence-transformers-openvino', ['fp32']),
  python('fastembed', both),
];
