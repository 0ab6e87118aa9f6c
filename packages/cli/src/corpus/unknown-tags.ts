import { htmlTagNames } from 'html-tag-names';
import { Parser } from 'htmlparser2';

const known: ReadonlySet<string> = new Set(htmlTagNames);
/** Elements whose content has other tag names than HTML. */
const foreign: ReadonlySet<string> = new Set(['svg', 'math']);

/** Whether a piece of inline HTML is markup: a comment, a declaration, or a tag that HTML has. */
export function isMarkup(tag: string): boolean {
  const name = /^<\/?([A-Za-z][^\s/>]*)/.exec(tag)?.[1];
  return name === undefined || known.has(name.toLowerCase());
}

/** Escapes tags that HTML does not have (`<order-number>`, `Array<string>`), so that they stay text, as intended. */
export function keepUnknownTags(html: string): string {
  const starts: number[] = [];
  let foreignDepth = 0;
  const note = (name: string) => {
    if (foreignDepth === 0 && !known.has(name) && !foreign.has(name)) starts.push(parser.startIndex);
  };
  const parser = new Parser(
    {
      onopentagname: (name) => {
        note(name);
        if (foreign.has(name)) foreignDepth += 1;
      },
      onclosetag: (name, implied) => {
        if (foreign.has(name)) foreignDepth -= 1;
        if (!implied) note(name);
      },
    },
    { recognizeSelfClosing: true },
  );
  parser.end(html);
  let kept = '';
  let from = 0;
  for (const start of [...new Set(starts)].sort((a, b) => a - b)) {
    if (html[start] !== '<') continue;
    kept += `${html.slice(from, start)}&lt;`;
    from = start + 1;
  }
  return kept + html.slice(from);
}
