import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from 'tokenizers';
import { seededRandom, shuffled } from './seeded-random.ts';
import { queryTokens, type Workload } from './workloads.ts';

export interface MadeUpRequest {
  readonly query: string;
  readonly passages: readonly string[];
  /** Tokens of each pair, special ones included. */
  readonly pairLengths: readonly number[];
}

interface Lexicon {
  readonly words: readonly { readonly text: string; readonly tokens: number }[];
  readonly single: readonly string[];
  /** Special tokens of a pair, and of one text. */
  readonly specialTokens: { readonly pair: number; readonly single: number };
}

const lexiconSize = 6000;

/** For texts that calibrate int8. Measurements use other seeds, so that no model is measured on the texts that prepared it. */
export const calibrationSeed = 1_000_003;

/**
 * Writes requests for a shape's vocabulary. Words are drawn by Zipf's law; one in six is put together from two, which a
 * tokenizer splits, so that English's 1.2 tokens a word come out. Every pair has exactly the workload's length.
 */
export class MadeUpTexts {
  readonly #lexicon: Lexicon;

  private constructor(lexicon: Lexicon) {
    this.#lexicon = lexicon;
  }

  static async open(shapeDirectory: string): Promise<MadeUpTexts> {
    return new MadeUpTexts(await readLexicon(shapeDirectory));
  }

  /** A seed gives other texts of the same lengths, so that no cache of texts can help anybody. */
  request(workload: Workload, passages: number, seed: number): MadeUpRequest {
    const random = seededRandom(seed);
    const pairLengths = shuffled(workload.pairLengths(passages), random);
    const taken = queryTokens + this.#lexicon.specialTokens.pair;
    return {
      query: this.#text(queryTokens, random),
      passages: pairLengths.map((length) => this.#text(length - taken, random)),
      pairLengths,
    };
  }

  /** Passages without a query. @param lengths tokens of each, special ones included; they come in another order */
  passages(lengths: readonly number[], seed: number): readonly string[] {
    const random = seededRandom(seed);
    const { single } = this.#lexicon.specialTokens;
    return shuffled(lengths, random).map((length) => this.#text(length - single, random));
  }

  #text(tokens: number, random: () => number): string {
    const { words, single } = this.#lexicon;
    const chosen: string[] = [];
    let left = tokens;
    while (left > 0) {
      const word = words[Math.floor(words.length ** random()) - 1]!;
      if (word.tokens <= left) {
        chosen.push(word.text);
        left -= word.tokens;
      } else {
        chosen.push(single[Math.floor(single.length * random())]!);
        left -= 1;
      }
    }
    return chosen.join(' ');
  }
}

async function readLexicon(shapeDirectory: string): Promise<Lexicon> {
  const file = join(shapeDirectory, 'tokenizer.json');
  const { model } = JSON.parse(readFileSync(file, 'utf8')) as {
    model: { vocab: Record<string, number> | [string, number][] };
  };
  const tokens = Array.isArray(model.vocab) ? model.vocab.map(([token]) => token) : Object.keys(model.vocab);
  // A mark says where a word begins: XLM-R's, or byte-level BPE's, whose unmarked tokens are parts of words.
  const mark = tokens.some((token) => token.startsWith('Ġ')) ? /^Ġ/ : /^▁?/;
  const whole = tokens
    .filter((token) => mark.test(token) && /^[a-z]{2,}$/.test(token.replace(mark, '')))
    .map((token) => token.replace(mark, ''))
    .slice(0, lexiconSize);
  const random = seededRandom(1);
  const texts = whole.map((word) =>
    random() < 1 / 6 ? word + whole[Math.floor(random() * whole.length)]! : word,
  );
  const tokenizer = Tokenizer.fromFile(file);
  const words: { text: string; tokens: number }[] = [];
  for (const text of texts) {
    const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
    words.push({ text, tokens: encoding.getIds().length });
  }
  const specialTokens = async (second: string | null) =>
    (await tokenizer.encode('', second, { addSpecialTokens: true })).getIds().length;
  return {
    words,
    single: words.filter((word) => word.tokens === 1).map(({ text }) => text),
    specialTokens: { pair: await specialTokens(''), single: await specialTokens(null) },
  };
}
