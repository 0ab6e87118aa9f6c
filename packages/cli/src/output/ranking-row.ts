import type { Candidate } from '@secondpass/core';

/** One candidate as both stages see it. */
export interface RankingRow {
  readonly candidate: Candidate;
  /** After stage 2. */
  readonly rank: number;
  readonly score: number;
}

/** `↑ 12`, `↓ 3`, or `=`. */
export function movement({ candidate, rank }: RankingRow): string {
  const risen = candidate.rank - rank;
  if (risen === 0) return '=';
  return risen > 0 ? `↑${String(risen).padStart(3)}` : `↓${String(-risen).padStart(3)}`;
}

/** The origin of a candidate's text, in words: file and nearest heading, title, or id. */
export function titleOf({ id, payload }: Candidate): string {
  const { file, heading, title } = (payload ?? {}) as Record<string, unknown>;
  if (typeof file === 'string') {
    const nearest = typeof heading === 'string' ? heading.split(' › ').at(-1)! : '';
    return nearest === '' || file.startsWith(nearest) ? file : `${file} › ${nearest}`;
  }
  return typeof title === 'string' && title !== '' ? `${id} · ${title}` : id;
}

/** A line with fewer words is a label or a line of code, and not informative. */
const fewestWords = 6;

/** The sentence of a candidate that shares the most words with the query, on one line. */
export function snippetOf({ text, payload }: Candidate, query: string): string {
  const { heading, title } = (payload ?? {}) as Record<string, unknown>;
  const opening = typeof heading === 'string' ? heading : title;
  const body =
    typeof opening === 'string' && text.startsWith(`${opening}\n`) ? text.slice(opening.length + 1) : text;
  const wanted = stemsOf(query);
  const sentences = body
    .slice(0, 4_000)
    // "Like this:" is not informative without the text after it.
    .split(/(?<!:\s*)\n+|(?<=[.!?])\s+(?=\p{Lu})/u)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => /\p{L}{2}/u.test(sentence));
  let best = sentences[0] ?? body.replace(/\s+/g, ' ').trim();
  let most = -1;
  for (const sentence of sentences) {
    const shared = [...stemsOf(sentence)].filter((stem) => wanted.has(stem)).length;
    const worth = 2 * shared + (sentence.split(' ').length >= fewestWords ? 1 : 0);
    if (worth > most) [best, most] = [sentence, worth];
  }
  return best;
}

/** The beginnings of the longer words: enough to see "option" in "options". */
function stemsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 3).map((word) => word.slice(0, 6)));
}
