import { Graph, type NewNode } from '../../../src/graph/graph.ts';
import { encodeModel } from '../../../src/graph/onnx/onnx-codec.ts';
import type { ModelProto, TensorProto } from '../../../src/graph/onnx/onnx-proto.ts';
import { dataType, floatTensor, int64Tensor, tensor } from '../../../src/graph/onnx/tensor-values.ts';

/** How a weight is stored, and the first operator set that has it so. */
export const weightForms = {
  'as fp32': 11,
  'in a Constant node': 11,
  transposed: 11,
  'as int8, cast and multiplied': 11,
  'as int8 per column': 13,
  'as int8 per row': 13,
} as const;
export type WeightForm = keyof typeof weightForms;

const width = 16;
const tokens = 50;

/**
 * An ONNX file of made-up weights: an embedding table, a linear layer right after another one, and a third that has the
 * second one's weight again, on the first token alone. The output `logits` is [batch, 16].
 */
export function encoderFile(form: WeightForm, opset: number): Uint8Array {
  const model: ModelProto = {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [],
    trainingInfo: [],
    functions: [],
    graph: {
      name: 'made up',
      node: [],
      initializer: [],
      input: [valueInfo('input_ids', 7), valueInfo('attention_mask', 7)],
      output: [valueInfo('logits', 1)],
      valueInfo: [],
      quantizationAnnotation: [],
      sparseInitializer: [],
      metadataProps: [],
    },
  } as unknown as ModelProto;
  const graph = new Graph(model);
  const node = (opType: string, inputs: string[], more: Partial<NewNode> = {}) =>
    graph.addNode({ opType, inputs, ...more });
  const add = (made: TensorProto) => graph.addInitializer(made);
  const table = add(floatTensor('table', [tokens, width], madeUp(tokens * width, 1)));
  const wide = storedWeight(graph, form, width, 2 * width);
  const narrow = storedWeight(graph, form, 2 * width, width);
  const bias = add(floatTensor('bias', [2 * width], madeUp(2 * width, 2)));
  const hidden = node('Gather', [table, 'input_ids']);
  const up = node('Add', [bias, node('MatMul', [hidden, wide])]);
  const down = node('MatMul', [up, narrow]);
  const first = node('Gather', [down, add(int64Tensor('zero', [], [0]))], { attributes: { axis: 1 } });
  const upAgain = node('Relu', [node('MatMul', [first, wide])]);
  const output = node('MatMul', [upAgain, narrow]);
  const mask = node('Gather', ['attention_mask', add(int64Tensor('zero', [1], [0]))], {
    attributes: { axis: 1 },
  });
  node('Mul', [output, node('Cast', [mask], { attributes: { to: dataType.float } })], {
    outputs: ['logits'],
  });
  return encodeModel(graph.finish());
}

function storedWeight(graph: Graph, form: WeightForm, rows: number, columns: number): string {
  const dims = [rows, columns];
  const values = madeUp(rows * columns, rows);
  if (form === 'as fp32') return graph.addInitializer(floatTensor('weight', dims, values));
  if (form === 'in a Constant node') {
    const value = graph.addNode({ opType: 'Constant', inputs: [] });
    const attribute = { name: 'value', type: 4, t: floatTensor('', dims, values) };
    graph.producer(value)!.attribute.push({
      ...attribute,
      floats: [],
      ints: [],
      strings: [],
      tensors: [],
      graphs: [],
      typeProtos: [],
      sparseTensors: [],
    } as never);
    return value;
  }
  if (form === 'transposed') {
    const weight = graph.addInitializer(floatTensor('weight', [columns, rows], values));
    return graph.addNode({ opType: 'Transpose', inputs: [weight] });
  }
  const integers = Int8Array.from(values, (value) => Math.round(value * 127));
  const weight = graph.addInitializer(tensor('weight', dims, dataType.int8, integers));
  const perRow = form === 'as int8 per row';
  const scales = Float32Array.from(
    { length: perRow ? rows : columns },
    (_, index) => (1 + (index % 7)) / 500,
  );
  const scale = graph.addInitializer(floatTensor('scale', [scales.length], scales));
  if (form === 'as int8, cast and multiplied') {
    const cast = graph.addNode({ opType: 'Cast', inputs: [weight], attributes: { to: dataType.float } });
    return graph.addNode({ opType: 'Mul', inputs: [scale, cast] });
  }
  const attributes = { axis: perRow ? 0 : 1 };
  return graph.addNode({ opType: 'DequantizeLinear', inputs: [weight, scale], attributes });
}

/** Numbers in [-1, 1] that are the same each time. */
function madeUp(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 0x7fff_ffff;
    return (state / 0x7fff_ffff) * 2 - 1;
  });
}

function valueInfo(name: string, elemType: number) {
  const dims = ['batch', elemType === 7 ? 'sequence' : 'width'].map((dimParam) => ({ dimParam }));
  return { name, metadataProps: [], type: { tensorType: { elemType, shape: { dim: dims } } } };
}
