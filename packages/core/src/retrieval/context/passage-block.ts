import type { CitationStyle } from './context-options.ts';

/** A passage as it goes into the prompt: `before` and `after` enclose the passage's own text. */
export interface PassageBlock {
  readonly before: string;
  readonly body: string;
  readonly after: string;
}

export interface PassageToShow {
  readonly number: number;
  readonly title: string | undefined;
  readonly passage: string;
  readonly cut: boolean;
}

/** What ends a passage that was cut. */
const cutMark = ' […]';
const longestTitle = 200;

/**
 * Lays a passage out so that it cannot be mistaken for another part of the prompt: text that looks like a citation
 * gets round brackets, text that looks like the delimiter is escaped, and characters that a reader cannot see are
 * left out.
 */
export function passageBlock(
  { number, title, passage, cut }: PassageToShow,
  style: CitationStyle,
): PassageBlock {
  const body = `${harmless(passage)}${cut ? cutMark : ''}`;
  const heading =
    title === undefined ? '' : harmless(title).replace(/\s+/gu, ' ').trim().slice(0, longestTitle);
  if (style === 'tags') {
    const attribute = heading
      .toWellFormed()
      .replace(/[&<>"]/g, (mark) => entities[mark]!)
      .replace(delimiter, '&lt;');
    const named = attribute === '' ? '' : ` title="${attribute}"`;
    return {
      before: `<passage number="${number}"${named}>\n`,
      body: body.replace(delimiter, '&lt;'),
      after: '\n</passage>',
    };
  }
  return {
    before: `[${number}]${heading === '' ? '' : ` ${heading.toWellFormed()}`}\n`,
    body: body.replace(/^/gm, '> '),
    after: '',
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** A `<`, or its wide form, before `passage` or `/passage`, with anything invisible between. */
const delimiter = /[<＜](?=[\s\p{Cf}]*[/／]?[\s\p{Cf}]*passage)/giu;

/** A number, or several, in brackets of any width, as an answer would cite. */
const citationLike =
  /[[［【〔〖⟦⁅❲﹝]([\s\p{Cf}^]*\p{N}[\p{N}\s\p{Cf},;–—-]*(?:†[^\]］】〕〗⟧⁆❳﹞\n]*)?)[\]］】〕〗⟧⁆❳﹞]/gu;

const lineBreak = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;

/**
 * Control characters except tab and line feed, marks that change the direction of writing, and Unicode's invisible
 * tag letters.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it is for.
const invisible = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu;

function harmless(text: string): string {
  return text.replace(lineBreak, '\n').replace(invisible, '').replace(citationLike, '($1)');
}
