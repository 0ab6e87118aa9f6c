import { Lexer, type Token, type Tokens } from 'marked';
import { addHtml, decodeEntities } from './html-sections.ts';
import { type Section, SectionBuilder } from './section.ts';

/** The block of settings that some site generators put before the text. */
const frontMatter = /^---\r?\n[\s\S]*?\r?\n---\r?\n/;

/** Markdown → plain text in sections. Code keeps its lines; links keep their words and lose their addresses. */
export function markdownSections(markdown: string): readonly Section[] {
  const builder = new SectionBuilder();
  for (const token of new Lexer({ gfm: true }).lex(markdown.replace(frontMatter, '')) as Token[]) {
    if (token.type === 'heading') builder.heading(token['depth'], inlineText(token.tokens ?? []).trim());
    else if (token.type === 'html') addHtml(token.raw, builder);
    else builder.block(blockText(token));
  }
  return builder.sections();
}

function blockText(token: Token): string {
  switch (token.type) {
    case 'code':
      return (token as Tokens.Code).text;
    case 'list':
      return (token as Tokens.List).items
        .map((item) => `- ${indentFurther(blocksText(item.tokens))}`)
        .join('\n');
    case 'blockquote':
      return blocksText((token as Tokens.Blockquote).tokens);
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows]
        .map((cells) => cells.map((cell) => inlineText(cell.tokens).trim()).join(' | '))
        .join('\n');
    }
    case 'space':
    case 'hr':
    case 'def':
    case 'html':
    case 'checkbox':
      return '';
    default:
      return inlineText([token]);
  }
}

function blocksText(tokens: readonly Token[]): string {
  return tokens
    .map(blockText)
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
    case 'checkbox':
      return '';
    case 'codespan':
    case 'escape':
      return (token as Tokens.Codespan).text;
    // A picture inside a link is a badge, and its words are no part of the text.
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
