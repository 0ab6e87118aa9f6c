import type { NodeProto } from '../onnx/onnx-proto.ts';
import {
  attention,
  concatenation,
  elementwise,
  firstInput,
  gather,
  generalProduct,
  matrixProduct,
  multiHeadAttention,
  normalization,
  quantization,
  type Rule,
  reduction,
  reshape,
  residualNormalization,
  slice,
  softmax,
  transposition,
} from './selection-rules.ts';

const onnx = (rule: Rule, ...names: string[]): [string, Rule][] => names.map((name) => [name, rule]);
const runtime = (rule: Rule, ...names: string[]): [string, Rule][] =>
  names.map((name) => [`com.microsoft.${name}`, rule]);

const rules = new Map<string, Rule>([
  ...onnx(
    elementwise,
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'Where',
    'And',
    'Or',
    'Xor',
    'Equal',
    'Greater',
    'Less',
  ),
  ...onnx(elementwise, 'GreaterOrEqual', 'LessOrEqual', 'Min', 'Max', 'Mod', 'PRelu', 'BitShift'),
  ...onnx(
    firstInput,
    'Abs',
    'Cast',
    'Ceil',
    'Clip',
    'Cos',
    'Dropout',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'Gelu',
    'HardSigmoid',
  ),
  ...onnx(
    firstInput,
    'Identity',
    'IsInf',
    'IsNaN',
    'LeakyRelu',
    'Log',
    'Neg',
    'Not',
    'Reciprocal',
    'Relu',
    'Round',
    'Selu',
  ),
  ...onnx(firstInput, 'Sigmoid', 'Sign', 'Sin', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tanh'),
  ...onnx(matrixProduct, 'MatMul'),
  ...onnx(generalProduct, 'Gemm'),
  ...onnx(normalization, 'LayerNormalization', 'RMSNormalization', 'SimplifiedLayerNormalization'),
  ...onnx(softmax, 'Softmax', 'LogSoftmax'),
  ...onnx(reduction, 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceL2', 'ReduceSumSquare'),
  ...onnx(transposition, 'Transpose'),
  ...onnx(reshape, 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'),
  ...onnx(concatenation, 'Concat'),
  ...onnx(slice, 'Slice'),
  ...onnx(gather, 'Gather'),
  ...onnx(quantization, 'QuantizeLinear', 'DequantizeLinear'),
  ...onnx(attention, 'Attention'),
  ...runtime(elementwise, 'BiasGelu', 'FastGelu'),
  ...runtime(firstInput, 'Gelu', 'QuickGelu'),
  ...runtime(residualNormalization, 'SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'),
  ...runtime(multiHeadAttention, 'MultiHeadAttention'),
]);

/** How an operator passes a selection on; `undefined` for an operator without a rule. */
export function ruleOf({ opType = '', domain = '' }: NodeProto): Rule | undefined {
  return rules.get(domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`);
}
