/** A request's share of the passages, and where it begins among them. */
export interface PassageShare {
  readonly start: number;
  readonly passages: readonly string[];
}

export interface ShareLimits {
  readonly documents: number;
  /** The query counted once per passage. */
  readonly characters: number;
  /** Of the passages as JSON. */
  readonly bytes: number;
}

/** Splits passages, in their order, under all limits; one that is over a limit by itself goes alone. */
export function splitPassages(
  query: string,
  passages: readonly string[],
  limits: ShareLimits,
): PassageShare[] {
  const shares: PassageShare[] = [];
  let start = 0;
  let characters = 0;
  let bytes = 0;
  for (const [index, passage] of passages.entries()) {
    const length = query.length + passage.length;
    const size = limits.bytes === Infinity ? 0 : Buffer.byteLength(JSON.stringify(passage)) + 1;
    const full =
      index - start >= limits.documents ||
      characters + length > limits.characters ||
      bytes + size > limits.bytes;
    if (index > start && full) {
      shares.push({ start, passages: passages.slice(start, index) });
      start = index;
      characters = 0;
      bytes = 0;
    }
    characters += length;
    bytes += size;
  }
  if (start < passages.length) shares.push({ start, passages: passages.slice(start) });
  return shares;
}

export function charactersOf(query: string, passages: readonly string[]): number {
  return passages.reduce((sum, passage) => sum + query.length + passage.length, 0);
}
