/** A shorter overlap of two texts may be chance. */
const shortestOverlap = 12;

/** Consecutive passages as one text: if the end of one is the beginning of the next, it appears once. */
export function joinOverlapping(texts: readonly string[]): string {
  return texts.reduce((joined, next) => {
    const shared = overlap(joined, next);
    return shared < shortestOverlap ? `${joined}\n${next}` : joined + next.slice(shared);
  });
}

/** Length of the longest beginning of `next` that `text` ends with (the failure function of Knuth, Morris & Pratt 1977). */
function overlap(text: string, next: string): number {
  const failure = new Uint32Array(next.length);
  for (let index = 1, matched = 0; index < next.length; index += 1) {
    while (matched > 0 && next[index] !== next[matched]) matched = failure[matched - 1]!;
    if (next[index] === next[matched]) matched += 1;
    failure[index] = matched;
  }
  let matched = 0;
  for (let index = Math.max(0, text.length - next.length); index < text.length; index += 1) {
    if (matched === next.length) matched = failure[matched - 1]!;
    while (matched > 0 && text[index] !== next[matched]) matched = failure[matched - 1]!;
    if (text[index] === next[matched]) matched += 1;
  }
  return matched;
}
