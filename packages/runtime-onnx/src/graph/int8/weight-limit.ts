import { describeProcessor, type Processor } from '../processor.ts';

/**
 * Largest magnitude of an int8 weight on this processor. Before VNNI, x64 adds pairs of products in 16 bits, which
 * overflow with full weights; 63 prevents that (ONNX Runtime's documentation calls it "reduce range"). If the
 * processor does not tell, the safe limit is used.
 */
export function weightLimit(
  processor: Pick<Processor, 'architecture' | 'flags'> = describeProcessor(),
): 127 | 63 {
  if (processor.architecture !== 'x64') return 127;
  return /\b(avx512_?vnni|avx_vnni|amx_int8)\b/.test(processor.flags) ? 127 : 63;
}
