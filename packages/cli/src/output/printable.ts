/**
 * Text from a document, safe for a terminal: without control characters, which could move the cursor, recolor the
 * screen or set its title, and without bidirectional marks.
 */
export function printable(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, '')
    .toWellFormed();
}

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /\p{Extended_Pictographic}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u;

/** Cuts a text to at most this many columns; an ellipsis marks the cut. */
export function fitInto(text: string, columns: number): string {
  let used = 0;
  let kept = '';
  for (const { segment } of segments.segment(text.slice(0, columns * 8))) {
    const next = used + (wide.test(segment) ? 2 : 1);
    if (next > columns) return `${shorten(kept, columns - 1)}…`;
    used = next;
    kept += segment;
  }
  return kept;
}

function shorten(text: string, columns: number): string {
  let used = 0;
  let kept = '';
  for (const { segment } of segments.segment(text)) {
    used += wide.test(segment) ? 2 : 1;
    if (used > columns) break;
    kept += segment;
  }
  return kept.trimEnd();
}
