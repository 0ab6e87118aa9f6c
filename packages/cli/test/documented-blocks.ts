import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lexer, type Token, type Tokens } from 'marked';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A fenced or an indented block of a page. */
export interface DocumentedBlock {
  /** Page and line, for a failure's message. */
  readonly where: string;
  /** `ts`, `yaml`, `sh`, …; empty where none is given. */
  readonly language: string;
  readonly text: string;
}

/** Every block of code in the pages for users. */
export function documentedBlocks(): readonly DocumentedBlock[] {
  return pages().flatMap(blocksOf);
}

/** Every command line in their running text, without the `secondpass` that it begins with. */
export function inlineCommands(): readonly (readonly [where: string, words: string])[] {
  return pages().flatMap((page) =>
    textOf(page)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/`secondpass ([a-z][^`|]*)/g)].map(
          ([, words]) => [`${page}:${index + 1}`, words!.trim()] as const,
        ),
      ),
  );
}

function pages(): readonly string[] {
  return [
    'README.md',
    ...globSync(['docs/*.md', 'docs/deploy/*.md'], { cwd: root }),
    ...globSync('packages/*/README.md', { cwd: root }),
    ...globSync('docs/operate/*.md', { cwd: root }),
  ];
}

function blocksOf(page: string): readonly DocumentedBlock[] {
  let line = 1;
  return new Lexer({ gfm: true }).lex(textOf(page)).flatMap((token) => {
    const where = `${page}:${line}`;
    line += token.raw.split('\n').length - 1;
    return codeIn(token).map(({ lang = '', text }) => ({
      where,
      language: lang.split(' ')[0]!,
      text: `${text}\n`,
    }));
  });
}

/** The block that a token is, or those in its lists and quotations. */
function codeIn(token: Token): readonly Tokens.Code[] {
  if (token.type === 'code') return [token as Tokens.Code];
  const { tokens = [], items = [] } = token as Partial<Tokens.List & Tokens.Blockquote>;
  return [...tokens, ...items].flatMap(codeIn);
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
