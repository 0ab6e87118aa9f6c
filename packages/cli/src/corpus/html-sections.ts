import { compile, type FormatCallback } from 'html-to-text';
import { type FileText, SectionBuilder } from './section.ts';
import { keepUnknownTags } from './unknown-tags.ts';

/** Marks a heading's level in the converted text. It is removed from the input first. */
const mark = '\u0002';
const headingLine = new RegExp(`^${mark}([0-6])${mark}(.*)$`);

/** A page's title is level 0, above its headings. */
const heading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addInline(`${mark}${element.name === 'title' ? 0 : element.name!.slice(1)}${mark}`);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** Elements that are not part of the text, with their names in the report. */
const leftOut: Readonly<Record<string, string>> = {
  nav: 'navigation',
  noscript: 'what is shown without scripts',
  template: 'templates',
  svg: 'drawings',
};

const leaveOut: FormatCallback = (element, _, builder) => {
  // Each conversion passes its builder.
  (builder as unknown as { metadata: SectionBuilder }).metadata.leaveOut(leftOut[element.name!]!);
};

const convert: (html: string, builder?: SectionBuilder) => string = compile({
  wordwrap: false,
  formatters: { heading, leaveOut },
  limits: { maxDepth: 200 },
  // Convert everything, not only the body: the title is in the head, and a fragment has neither.
  baseElements: { selectors: ['no-such-element'], returnDomByDefault: true },
  selectors: [
    ...['title', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, format: 'heading' })),
    ...['script', 'style', 'img'].map((selector) => ({ selector, format: 'skip' })),
    ...Object.keys(leftOut).map((selector) => ({ selector, format: 'leaveOut' })),
    ...['dt', 'dd', 'summary', 'figcaption', 'option'].map((selector) => ({ selector, format: 'block' })),
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
});

export function htmlSections(html: string): FileText {
  const builder = new SectionBuilder();
  addHtml(html, builder);
  return builder.text();
}

/** Adds a piece of HTML to the sections of its file. */
export function addHtml(html: string, builder: SectionBuilder): void {
  for (const block of htmlText(html, builder).split(/\n{2,}/)) {
    const found = headingLine.exec(block.trim());
    if (found) builder.heading(Number(found[1]), found[2]!.trim());
    else builder.block(block.replaceAll(new RegExp(`${mark}[0-6]${mark}`, 'g'), ''));
  }
}

/** A piece of HTML as plain text; headings stay marked. */
function htmlText(html: string, builder: SectionBuilder): string {
  return convert(keepUnknownTags(html.replaceAll(mark, '')), builder);
}

/** A piece of HTML inside a list or a quote, where a heading is plain text. */
export function htmlBlock(html: string, builder: SectionBuilder): string {
  return htmlText(html, builder).replaceAll(new RegExp(`${mark}[0-6]${mark}`, 'g'), '');
}

/** `&lt;b&gt;` → `<b>`. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#\w{1,8}|\w{1,32});/g, (entity) => convert(entity).replace(/^\s*$/, ' '));
}
