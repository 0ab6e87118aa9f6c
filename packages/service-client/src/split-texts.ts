import { FailedTry } from './failed-try.ts';

/** The texts of one request, and the index of the first one. */
export interface TextShare {
  /** Place of its first text in the whole list, from 0. */
  readonly start: number;
  readonly texts: readonly string[];
}

/** What one request may hold. */
export interface ShareLimits {
  /** Texts in one request, from 1. */
  readonly texts: number;
  /** UTF-16 code units. */
  readonly characters: number;
  /** Bytes of the texts as JSON. @default no limit */
  readonly bytes?: number;
}

/**
 * Splits texts into requests that keep all limits, in the given order. A text that exceeds a limit by itself gets its
 * own request.
 *
 * @param extra characters that count once per text, such as those of the query
 *
 * @example
 * import { splitTexts } from '@secondpass/service-client';
 * const shares = splitTexts(['a', 'b', 'c'], { texts: 2, characters: 1_000 });
 * shares.map(({ start, texts }) => [start, texts.length]); // → [ [ 0, 2 ], [ 2, 1 ] ]
 */
export function splitTexts(texts: readonly string[], limits: ShareLimits, extra = 0): TextShare[] {
  const { bytes: mostBytes = Number.POSITIVE_INFINITY } = limits;
  const shares: TextShare[] = [];
  let start = 0;
  let characters = 0;
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    const length = extra + text.length;
    const size = mostBytes === Number.POSITIVE_INFINITY ? 0 : Buffer.byteLength(JSON.stringify(text)) + 1;
    const full =
      index - start >= limits.texts || characters + length > limits.characters || bytes + size > mostBytes;
    if (index > start && full) {
      shares.push({ start, texts: texts.slice(start, index) });
      start = index;
      characters = 0;
      bytes = 0;
    }
    characters += length;
    bytes += size;
  }
  if (start < texts.length) shares.push({ start, texts: texts.slice(start) });
  return shares;
}

/**
 * Asks with all texts. If the service refuses the request as too large, asks with each half, one after the other.
 *
 * @returns one result per text, in the order of the texts
 * @throws as `ask` does, also if a single text is refused as too large
 *
 * @example
 * import { inHalves } from '@secondpass/service-client';
 * const lengths = async (texts: readonly string[]) => texts.map((text) => text.length);
 * await inHalves(['Yeast.', 'Salt.'], lengths); // → [ 6, 5 ]
 */
export async function inHalves<T>(
  texts: readonly string[],
  ask: (texts: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask(texts);
  } catch (error) {
    if (!(error instanceof FailedTry && error.tooMany && texts.length > 1)) throw error;
    const middle = Math.ceil(texts.length / 2);
    const first = await inHalves(texts.slice(0, middle), ask);
    return [...first, ...(await inHalves(texts.slice(middle), ask))];
  }
}
