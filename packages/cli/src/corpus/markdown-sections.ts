import { Lexer, type Token, type Tokens } from 'marked';
import { readFrontMatter } from './front-matter.ts';
import { addHtml, decodeEntities, htmlBlock } from './html-sections.ts';
import { type FileText, SectionBuilder } from './section.ts';
import { isMarkup } from './unknown-tags.ts';

/** Converts Markdown to plain text in sections. Code keeps its lines; links keep their words without the addresses. */
export function markdownSections(markdown: string): FileText {
  const builder = new SectionBuilder();
  const settings = readFrontMatter(markdown);
  if (settings) {
    builder.leaveOut('front matter');
    if (settings.title) builder.heading(0, settings.title);
    for (const text of settings.texts) builder.block(text);
  }
  for (const token of new Lexer({ gfm: true }).lex(settings?.rest ?? markdown) as Token[]) {
    if (token.type === 'heading') builder.heading(token['depth'], inlineText(token.tokens ?? []).trim());
    else if (token.type === 'html') addHtml(token.raw, builder);
    else builder.block(blockText(token, builder));
  }
  return builder.text();
}

function blockText(token: Token, builder: SectionBuilder): string {
  switch (token.type) {
    case 'code':
      return (token as Tokens.Code).text;
    case 'list':
      return (token as Tokens.List).items
        .map((item) => `- ${indentFurther(blocksText(item.tokens, builder))}`)
        .join('\n');
    case 'blockquote':
      return blocksText((token as Tokens.Blockquote).tokens, builder);
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows]
        .map((cells) => cells.map((cell) => inlineText(cell.tokens).trim().replaceAll('\n', ' ')).join(' | '))
        .join('\n');
    }
    case 'html':
      return htmlBlock(token.raw, builder);
    case 'space':
    case 'hr':
    case 'def':
    case 'checkbox':
      return '';
    default:
      return inlineText([token]);
  }
}

function blocksText(tokens: readonly Token[], builder: SectionBuilder): string {
  return tokens
    .map((token) => blockText(token, builder))
    .filter((text) => text.trim() !== '')
    .join('\n');
}

function indentFurther(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

function inlineText(tokens: readonly Token[]): string {
  return tokens.map(pieceText).join('');
}

function pieceText(token: Token): string {
  switch (token.type) {
    case 'br':
      return '\n';
    case 'html':
      if (/^<br\b/i.test(token.raw)) return '\n';
      return isMarkup(token.raw) ? '' : token.raw;
    case 'checkbox':
      return '';
    case 'codespan':
    case 'escape':
      return (token as Tokens.Codespan).text;
    // An image inside a link is a badge; its alt text is not part of the text.
    case 'link':
      return inlineText((token.tokens ?? []).filter(({ type }) => type !== 'image'));
    case 'image':
      return (token as Tokens.Image).text;
    default:
      return 'tokens' in token
        ? inlineText(token.tokens ?? [])
        : decodeEntities((token as Tokens.Text).text ?? '');
  }
}
