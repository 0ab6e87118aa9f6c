import type { Section } from './section.ts';

/** A piece of a file that is short enough for both models to read completely. */
export interface Passage {
  readonly headings: readonly string[];
  readonly text: string;
}

/**
 * A passage ends when it has this many words, and never has more than {@link mostWords}. The time of stage 2 grows
 * with the tokens. In the demo's documentation, a passage with its headings has 83 tokens on average and 129 at the
 * ninth decile; two cores read a hundred such passages in slightly less than two seconds.
 */
const enoughWords = 50;
const mostWords = 90;
/** A section with fewer words is joined with the next one: a passage "Install" would answer nothing. */
const fewestWords = 25;
/** Code and text without spaces have more tokens than words; this many characters are about 110 of them. */
const mostCharacters = 400;

/** Splits sections into passages, and joins sections that are too short to be useful alone. */
export function splitIntoPassages(sections: readonly Section[]): readonly Passage[] {
  const passages: Passage[] = [];
  let group: Section[] = [];
  for (const piece of sections.flatMap(splitSection)) {
    if (
      group.length > 0 &&
      !(isShort(group) && belongsTo(group[0]!, piece) && fits(linesOf([...group, piece])))
    ) {
      passages.push(asPassage(group));
      group = [];
    }
    group.push(piece);
  }
  if (group.length > 0) passages.push(asPassage(group));
  return passages;
}

/** Splits a section into pieces that fit. A short last piece is joined with the one before if there is room. */
function splitSection({ headings, blocks }: Section): readonly Section[] {
  const pieces: string[][] = [];
  for (const block of blocks.flatMap((long) => splitLongText(long))) {
    const last = pieces.at(-1);
    if (last && countWords(last) < enoughWords && fits([...last, block])) last.push(block);
    else pieces.push([block]);
  }
  const [before, rest] = pieces.slice(-2);
  if (before && rest && countWords(rest) < fewestWords && fits([...before, ...rest])) {
    before.push(...rest);
    pieces.pop();
  }
  return pieces.map((piece) => ({ headings, blocks: piece }));
}

function isShort(group: readonly Section[]): boolean {
  return countWords(group.flatMap(({ blocks }) => blocks)) < fewestWords;
}

/** Whether two sections belong to the same chapter; text before the first heading belongs to the first chapter. */
function belongsTo(first: Section, next: Section): boolean {
  return first.headings.length === 0 || first.headings[0] === next.headings[0];
}

function asPassage(group: readonly Section[]): Passage {
  return { headings: commonHeadings(group), text: linesOf(group).join('\n') };
}

/** The blocks of a group. A heading that the group does not share is put before its blocks. */
function linesOf(group: readonly Section[]): string[] {
  const common = commonHeadings(group).length;
  return group.flatMap(({ headings, blocks }) => [...headings.slice(common).slice(-1), ...blocks]);
}

function commonHeadings(group: readonly Section[]): readonly string[] {
  const [first, ...others] = group.map(({ headings }) => headings);
  const end = first!.findIndex((heading, level) => others.some((headings) => headings[level] !== heading));
  return end === -1 ? first! : first!.slice(0, end);
}

function fits(blocks: readonly string[]): boolean {
  return (
    countWords(blocks) <= mostWords &&
    blocks.reduce((sum, { length }) => sum + length + 1, 0) <= mostCharacters
  );
}

function countWords(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + (block.match(/\S+/g)?.length ?? 0), 0);
}

/** Cuts at the coarsest boundary that works: lines, then sentences, then words, then anywhere between characters. */
const boundaries = [/(?<=\n)/, /(?<=[.!?。！？]["')\]]?\s+|[。！？])/u, /(?<=\s)(?=\S)/];

function splitLongText(text: string, boundary = 0): string[] {
  if (fits([text])) return [text];
  if (boundary === boundaries.length) return cutAnywhere(text);
  const pieces: string[] = [];
  let current = '';
  for (const part of text.split(boundaries[boundary]!)) {
    if (current !== '' && !fits([current + part])) {
      pieces.push(...splitLongText(current, boundary + 1));
      current = '';
    }
    current += part;
  }
  pieces.push(...splitLongText(current, boundary + 1));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function cutAnywhere(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + mostCharacters - 1, text.length);
    // A cut between the halves of a surrogate pair would leave two ill-formed pieces.
    if (end < text.length && /[\uDC00-\uDFFF]/.test(text[end]!)) end -= 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
