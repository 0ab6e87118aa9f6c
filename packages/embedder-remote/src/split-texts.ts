/** A request's share of the texts, and where it begins among them. */
export interface TextBatch {
  readonly start: number;
  readonly texts: readonly string[];
}

/** Splits texts, in their order, under both limits; a text that is longer than the second one goes alone. */
export function splitTexts(
  texts: readonly string[],
  { maxTexts, maxCharacters }: { readonly maxTexts: number; readonly maxCharacters: number },
): TextBatch[] {
  const batches: TextBatch[] = [];
  let start = 0;
  let characters = 0;
  for (const [index, text] of texts.entries()) {
    const full = index - start >= maxTexts || characters + text.length > maxCharacters;
    if (index > start && full) {
      batches.push({ start, texts: texts.slice(start, index) });
      start = index;
      characters = 0;
    }
    characters += text.length;
  }
  if (start < texts.length) batches.push({ start, texts: texts.slice(start) });
  return batches;
}
