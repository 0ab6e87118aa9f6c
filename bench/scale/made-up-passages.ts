import type { Document } from '@secondpass/core';
import type { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { type Workload, workloads } from '../cross-encoder/workloads.ts';

/** Passages of a block come from one seed, so that the first 10,000 of a million are the 10,000. */
const block = 500;
const lengths = workloads['W1']!.pairLengths(block);
/** Lengths take longer to compute than texts, and are the same for each block. */
const passageLengths: Workload = { description: 'W1', pairLengths: () => lengths };

/** So many passages of about 65 tokens, words by Zipf's law; always the same ones. */
export function* madeUpPassages(count: number, texts: MadeUpTexts): Generator<Document> {
  for (let start = 0; start < count; start += block) {
    const { passages } = texts.request(passageLengths, block, start / block);
    for (const [index, text] of passages.slice(0, count - start).entries()) {
      yield { id: `passage-${start + index}`, text, payload: { number: start + index } };
    }
  }
}

/** Queries of 8 tokens, none of them a passage. */
export function madeUpQueries(count: number, texts: MadeUpTexts): string[] {
  const single: Workload = { description: 'W1', pairLengths: () => [80] };
  return Array.from({ length: count }, (_, index) => texts.request(single, 1, 1_000_000 + index).query);
}
