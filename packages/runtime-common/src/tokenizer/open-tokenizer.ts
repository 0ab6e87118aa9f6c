import { basename, join, resolve } from 'node:path';
import { damaged, openModelFile, type Tokenizer } from '@secondpass/core/runtime';
import { type InProcessJson, inProcessJson, largestInProcess } from './in-process-json.ts';

/**
 * Opens `tokenizer.json`: in this process if it is BERT's pipeline and every part of it is known, otherwise in a
 * process of its own, because the library's native code is not safe with untrusted files.
 *
 * @throws RetrievalError `model-damaged` when the library cannot read it, or crashes on it
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { openTokenizer } from '@secondpass/runtime-common';
 * const tokenizer = await openTokenizer(modelDirectory('small'));
 * const [ids] = await tokenizer.encode(['bread']);
 * ids?.length; // → 1
 * await tokenizer.close?.();
 */
export async function openTokenizer(
  directory: string,
  options: { readonly cacheBytes?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Tokenizer> {
  options.signal?.throwIfAborted();
  const file = join(resolve(directory), 'tokenizer.json');
  const origin = basename(resolve(directory));
  const checked = await readInProcess(file);
  if (checked === undefined) {
    const { SeparateTokenizer } = await import('./separate/separate-tokenizer.ts');
    return SeparateTokenizer.open(origin, file, options);
  }
  const { HuggingFaceTokenizer } = await import('./hugging-face-tokenizer.ts');
  try {
    return HuggingFaceTokenizer.fromJson(checked.text, { ...options, json: checked.json });
  } catch (error) {
    throw damaged(origin, 'tokenizer.json is not a tokenizer', error);
  }
}

async function readInProcess(file: string): Promise<InProcessJson | undefined> {
  await using opened = await openModelFile(file, 2 ** 28);
  const { size } = await opened.stat();
  return size <= largestInProcess ? inProcessJson(await opened.readFile('utf8')) : undefined;
}
