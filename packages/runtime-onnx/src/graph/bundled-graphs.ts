import type { CheckedGraph } from './checked-graph.ts';

/** The optimized graphs of the bundled models, by `graphKey`, as `test/graph/write-bundled-graphs.ts` wrote them down. */
export const bundledGraphs: Readonly<Record<string, CheckedGraph>> = {
  'f8eb07b6bceb39cd0c9ab3b22bc73f364df09d0503d07863ac4cdb2ae3068ed7-b2951c134c880930-3-1.30.0': {
    sha256: 'd3c47d1c435f00583c3c784f80ef98fe5baa4814a5312111ab8aac27725ce170',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
        { pass: 'int8', applied: 36, notes: [] },
      ],
      nodesBefore: 294,
      nodesAfter: 282,
      largestDifference: 0.000002682209014892578,
    },
  },
  'f8eb07b6bceb39cd0c9ab3b22bc73f364df09d0503d07863ac4cdb2ae3068ed7-e2c1d4b3cd8a7ac4-3-1.30.0': {
    sha256: '80e638c3b67bed7444ba98378c79375f4086b73f579b5879e4a69cd2681593ca',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
        { pass: 'int8', applied: 36, notes: [] },
      ],
      nodesBefore: 294,
      nodesAfter: 282,
      largestDifference: 0.000002682209014892578,
    },
  },
  'f8eb07b6bceb39cd0c9ab3b22bc73f364df09d0503d07863ac4cdb2ae3068ed7-3-1.30.0': {
    sha256: '964912a19f1942b18deaa3750c2e6ea9dbf6b86ebd3b9b3f22923ac96e950967',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
      ],
      nodesBefore: 294,
      nodesAfter: 294,
      largestDifference: 0.000002682209014892578,
    },
  },
  'd39e2e584c8be5cdb5e7fbf8d4240d1872e884f927e9456cb683bd47dbfdba03-954b4a7ef82fcb29-3-1.30.0': {
    sha256: '1547a1e187b50245848aae23d3a92956fcab177be02c2036ec333ac2578d418e',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
        { pass: 'int8', applied: 36, notes: [] },
      ],
      nodesBefore: 427,
      nodesAfter: 415,
      largestDifference: 2.0735698433272832e-7,
    },
  },
  'd39e2e584c8be5cdb5e7fbf8d4240d1872e884f927e9456cb683bd47dbfdba03-9ec423e37bea7bb4-3-1.30.0': {
    sha256: 'a227987ba004b1b4fdf0d7f81f677fb4634a4984f0c3bc628f9c2f66e1aeccce',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
        { pass: 'int8', applied: 36, notes: [] },
      ],
      nodesBefore: 427,
      nodesAfter: 415,
      largestDifference: 2.0735698433272832e-7,
    },
  },
  'd39e2e584c8be5cdb5e7fbf8d4240d1872e884f927e9456cb683bd47dbfdba03-3-1.30.0': {
    sha256: 'd1eb7f3190c9ad174651f6693662e9da76df894e28f67fcd2240775f27c64548',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 13, notes: [] },
      ],
      nodesBefore: 427,
      nodesAfter: 427,
      largestDifference: 2.0735698433272832e-7,
    },
  },
  '01699480b1128528deecf17211bf326192aaefc87422b38552ceb4755e207c9c-9546ab463764ffae-3-1.30.0': {
    sha256: '489496c3eb7e4ffb5f598ade3ff9203bfdf93cbb389c9912032268bdfc3ba68d',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 2, notes: [] },
        { pass: 'int8', applied: 18, notes: [] },
      ],
      nodesBefore: 384,
      nodesAfter: 409,
      largestDifference: 2.9566851538333716e-7,
    },
  },
  '01699480b1128528deecf17211bf326192aaefc87422b38552ceb4755e207c9c-fcf132cb3bdeca47-3-1.30.0': {
    sha256: '93621b01b7f8ca237df95f4ae19ae0534e23a17f550909426d18ad4c59d6238b',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 2, notes: [] },
        { pass: 'int8', applied: 18, notes: [] },
      ],
      nodesBefore: 384,
      nodesAfter: 409,
      largestDifference: 2.9566851538333716e-7,
    },
  },
  '01699480b1128528deecf17211bf326192aaefc87422b38552ceb4755e207c9c-3-1.30.0': {
    sha256: 'd500f1e66d823b5fd142e9ebb71c73e2ad5e5fbe3191115ec93d40c6a66a7afa',
    report: {
      outcome: 'optimized',
      reason: '',
      passes: [
        { pass: 'constant reshapes', applied: 0, notes: [] },
        { pass: 'input shapes', applied: 0, notes: [] },
        { pass: 'empty row guards', applied: 0, notes: [] },
        { pass: 'first token only', applied: 0, notes: ['Nothing reads only the first token of a layer.'] },
        { pass: 'residual sums', applied: 2, notes: [] },
      ],
      nodesBefore: 384,
      nodesAfter: 380,
      largestDifference: 2.9566851538333716e-7,
    },
  },
};
