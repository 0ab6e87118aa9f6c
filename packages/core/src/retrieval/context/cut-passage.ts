/** A beginning with fewer words says too little to be cited. */
const fewestWords = 10;

/**
 * The longest beginning that fits: whole sentences, otherwise whole words, at least ten of them; `undefined` if none
 * fits.
 *
 * @param fits whether a beginning fits; it is called for the returned beginning, so that one fits even if `fits` is
 * not monotonic
 */
export function cutPassage(text: string, fits: (beginning: string) => boolean): string | undefined {
  const sentences = endsOf(text, 'sentence');
  const words = endsOf(text, 'word');
  const enough = words[fewestWords - 1];
  if (enough === undefined) return undefined;
  return (
    longest(
      text,
      sentences.filter((end) => end >= enough && end < text.length),
      fits,
    ) ?? longest(text, words.slice(fewestWords - 1), fits)
  );
}

function longest(
  text: string,
  ends: readonly number[],
  fits: (beginning: string) => boolean,
): string | undefined {
  let found: string | undefined;
  let [low, high] = [0, ends.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const beginning = text.slice(0, ends[middle]).trimEnd();
    if (fits(beginning)) {
      found = beginning;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

function endsOf(text: string, granularity: 'sentence' | 'word'): number[] {
  const segments = new Intl.Segmenter(undefined, { granularity }).segment(text);
  return [...segments].flatMap(({ index, segment, isWordLike }) =>
    granularity === 'sentence' || isWordLike ? [index + segment.length] : [],
  );
}
