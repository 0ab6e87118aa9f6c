import type { Tokenizer as HuggingFaceTokenizer } from 'tokenizers';

/** Token ids of each text without special tokens, by the library on its thread pool. */
export async function encodeWhole(
  library: HuggingFaceTokenizer,
  texts: readonly string[],
): Promise<Int32Array[]> {
  const encodings = await library.encodeBatch([...texts], { addSpecialTokens: false });
  return encodings.map((encoding) => Int32Array.from(encoding.getIds()));
}
