import type { Precision } from '@secondpass/core';
import type { Environment } from './peer-packages.ts';

export interface Contender {
  /** What `--against` and the rows call it. */
  readonly name: string;
  /** The process that runs it; contenders that differ in a setting only share one, and its loaded model. */
  readonly process: string;
  readonly language: 'node' | 'python';
  /** The environment of Python that it is in, where that is not the one that the others share. */
  readonly environment?: Environment;
  readonly precisions: readonly Precision[];
  /** Passages that go through the model at once, where its public call leaves that to the caller. */
  readonly batchSize?: number | 'best';
  /** Whether it has work to do before its turn that is not measured. */
  readonly prepares?: boolean;
  /** Whether its numbers are lower than float32 on some processors, so that scores agree less. */
  readonly mayLowerPrecision?: boolean;
}

const both: readonly Precision[] = ['fp32', 'int8'];

/** Who is measured. The bare session runs the batches and the graph of ours with nothing around them. */
export const contenders: readonly Contender[] = [
  { name: 'ours', process: 'ours', language: 'node', precisions: both },
  { name: 'bare-session', process: 'bare-session', language: 'node', precisions: both, prepares: true },
  {
    name: 'transformers.js-32',
    process: 'transformers-js',
    language: 'node',
    precisions: both,
    batchSize: 32,
  },
  {
    name: 'transformers.js-1',
    process: 'transformers-js',
    language: 'node',
    precisions: both,
    batchSize: 1,
  },
  {
    name: 'transformers.js-best',
    process: 'transformers-js',
    language: 'node',
    precisions: both,
    batchSize: 'best',
  },
  {
    name: 'sentence-transformers-torch',
    process: 'sentence-transformers-torch',
    language: 'python',
    precisions: ['fp32'],
  },
  {
    name: 'sentence-transformers-onnx',
    process: 'sentence-transformers-onnx',
    language: 'python',
    precisions: both,
  },
  {
    name: 'sentence-transformers-openvino',
    process: 'sentence-transformers-openvino',
    language: 'python',
    precisions: ['fp32'],
    mayLowerPrecision: true,
  },
  { name: 'flashrank', process: 'flashrank', language: 'python', precisions: both },
  { name: 'fastembed', process: 'fastembed', language: 'python', precisions: both },
  {
    name: 'infinity',
    process: 'infinity',
    language: 'python',
    environment: 'infinity',
    precisions: both,
  },
];

/** Batch sizes among which a contender's best is looked for. */
export const batchSizes = [1, 2, 4, 8, 16] as const;
