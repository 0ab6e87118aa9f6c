import { GFM, parser } from '@lezer/markdown';
import type { TextSpan } from './context.ts';

/** The parts of a Markdown text that are not prose: a number in brackets in them is not a citation. */
export interface NotProse {
  /** Headings, blocks of code, comments, and the addresses of links that are named elsewhere, as `[1]: https://…`. */
  readonly blocks: readonly TextSpan[];
  /** Code and addresses inside a sentence. */
  readonly inline: readonly TextSpan[];
}

const blockNames = /^(?:ATXHeading\d|SetextHeading\d|FencedCode|CodeBlock|CommentBlock|LinkReference)$/;
const inlineNames = ['InlineCode', 'URL', 'Comment'];
const markdown = parser.configure(GFM);

/** Reads a text as GitHub Flavored Markdown and gives the place of each part, in order. */
export function notProse(text: string): NotProse {
  const blocks: TextSpan[] = [];
  const inline: TextSpan[] = [];
  markdown.parse(text).iterate({
    enter: ({ name, from, to }) => {
      if (blockNames.test(name)) {
        blocks.push({ start: from, end: to });
        return false;
      }
      if (inlineNames.includes(name)) inline.push({ start: from, end: to });
      return true;
    },
  });
  return { blocks, inline };
}
