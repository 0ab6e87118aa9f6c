import { compile, type FormatCallback } from 'html-to-text';
import { type Section, SectionBuilder } from './section.ts';

/** Stands before and after a heading's level in the converted text; it is removed from the input first. */
const mark = '\u0002';
const headingLine = new RegExp(`^${mark}([1-6])${mark}(.*)$`);

const heading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addInline(`${mark}${element.name!.slice(1)}${mark}`);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const convert = compile({
  wordwrap: false,
  formatters: { heading },
  limits: { maxDepth: 200 },
  selectors: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, format: 'heading' })),
    ...['head', 'script', 'style', 'noscript', 'template', 'svg', 'nav', 'img'].map((selector) => ({
      selector,
      format: 'skip',
    })),
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
});

export function htmlSections(html: string): readonly Section[] {
  const builder = new SectionBuilder();
  addHtml(html, builder);
  return builder.sections();
}

/** Adds a piece of HTML to the sections of the file that it stands in. */
export function addHtml(html: string, builder: SectionBuilder): void {
  const text = convert(html.replaceAll(mark, ''));
  for (const block of text.split(/\n{2,}/)) {
    const found = headingLine.exec(block.trim());
    if (found) builder.heading(Number(found[1]), found[2]!.trim());
    else builder.block(block);
  }
}

/** `&lt;b&gt;` → `<b>`. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#\w{1,8}|\w{1,32});/g, (entity) => convert(entity).replace(/^\s*$/, ' '));
}
