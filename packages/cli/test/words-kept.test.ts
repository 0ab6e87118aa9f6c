import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Parser } from 'htmlparser2';
import MarkdownIt from 'markdown-it';
import { htmlSections } from '../src/corpus/html-sections.ts';
import { markdownSections } from '../src/corpus/markdown-sections.ts';
import type { FileText } from '../src/corpus/section.ts';

const packages = fileURLToPath(new URL('../../../node_modules/.pnpm', import.meta.url));
/** The whole check takes seconds; the files of thousands of packages would take minutes. */
const mostFiles = 1_500;
const largestFile = 150_000;

/** Another parser of Markdown than ours, so that what both lose is markup. */
const markdown = new MarkdownIt({ html: true });
const inline = new Set(
  'a abbr b bdi bdo cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u var wbr'.split(
    ' ',
  ),
);
const withoutText = new Set(['script', 'style', 'nav', 'noscript', 'template', 'svg']);

/** The Markdown and HTML files of the installed packages, from each package a few. */
function installedFiles(): readonly string[] {
  const files: string[] = [];
  for (const installed of readdirSync(packages)
    .filter((name) => name.includes('@'))
    .sort()) {
    if (files.length >= mostFiles) break;
    const found = readdirSync(join(packages, installed), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:md|markdown|html?)$/i.test(file))
      .map((file) => join(packages, installed, file))
      .filter((file) => statSync(file).isFile() && statSync(file).size <= largestFile);
    files.push(...found.sort().slice(0, 12));
  }
  return files.slice(0, mostFiles);
}

/** Words of the text nodes of a page. */
function wordsOfHtml(html: string): string[] {
  let text = '';
  let skipped = 0;
  const parser = new Parser({
    onopentagname: (name) => {
      if (withoutText.has(name)) skipped += 1;
      if (!inline.has(name)) text += ' ';
    },
    onclosetag: (name) => {
      if (withoutText.has(name)) skipped -= 1;
      if (!inline.has(name)) text += ' ';
    },
    ontext: (piece) => {
      if (skipped === 0) text += piece;
    },
  });
  parser.end(html);
  return wordsOf(text);
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function lost(input: readonly string[], { sections }: FileText): string[] {
  const output = counted(
    sections.flatMap(({ headings, blocks }) => wordsOf([...headings, ...blocks].join('\n'))),
  );
  return [...counted(input)].filter(([word, count]) => (output.get(word) ?? 0) < count).map(([word]) => word);
}

test('of the words in more than a thousand real files none is lost but markup', () => {
  const files = installedFiles();
  const losses: string[] = [];
  let words = 0;
  for (const file of files) {
    const source = readFileSync(file, 'utf8');
    const isHtml = /html?$/i.test(file);
    const read = isHtml ? htmlSections(source) : markdownSections(source);
    // The mark of a task is none of its words; the other parser does not know tasks.
    const withoutTasks = isHtml ? source : source.replace(/^([ \t]*(?:[-*+]|\d+\.) )\[[xX]\] /gm, '$1');
    const text = read.leftOut.includes('front matter')
      ? withoutTasks.replace(/^---[\s\S]*?\n---/, '')
      : withoutTasks;
    const input = wordsOfHtml(isHtml ? text : markdown.render(text));
    words += input.length;
    const missing = lost(input, read);
    if (missing.length > 0) losses.push(`${file.slice(packages.length)}: ${missing.slice(0, 12).join(' ')}`);
  }
  expect({ files: files.length >= 1_000, words: words > 300_000, losses }).toEqual({
    files: true,
    words: true,
    losses: [],
  });
}, 300_000);

test.each([
  [
    'a rule at the beginning',
    '---\n\nFirst the news.\n\n---\n\nThen the rest.',
    'First the news. Then the rest.',
    [],
  ],
  [
    'a rule and prose with a colon',
    '---\nBefore you begin: read this.\n---\nText.',
    'Before you begin: read this. Text.',
    [],
  ],
  ['settings', '---\ntitle: Tides\ntags: [moon]\n---\nText.', 'Tides Text.', ['front matter']],
  [
    'prose in angle brackets',
    'Please quote <order-number> and <Your Name> in a Map<string, T>.',
    'Please quote <order-number> and <Your Name> in a Map<string, T>.',
    [],
  ],
  [
    'such prose in a list, a quote and a table',
    '- a <thing>\n\n> b <thing>\n\n| c <thing> |\n|---|\n| d |',
    'a <thing> b <thing> c <thing> d',
    [],
  ],
  [
    'a block of HTML with such prose',
    '<p>Quote <order-number> please.</p>',
    'Quote <order-number> please.',
    [],
  ],
  ['HTML in a list', '- one\n\n  <p>Two.</p>', 'one Two.', []],
  ['markup', 'A <b>bold</b><!-- hidden --> <kbd>key</kbd><br>next.', 'A bold key next.', []],
  ['headings without text', '# One\n\n## Two\n\n## Three\n\nText.\n\n# Four', 'One Two Three Text. Four', []],
])('Markdown keeps its words: %s', (_, source, expected, leftOut) => {
  const read = markdownSections(source);
  const seen = new Set<string>();
  const said = read.sections.flatMap(({ headings, blocks }) => [
    ...headings.filter((heading) => !seen.has(heading) && seen.add(heading)),
    ...blocks,
  ]);
  expect(wordsAndTags(said.join(' '))).toEqual(wordsAndTags(expected));
  expect(read.leftOut).toEqual(leftOut);
});

test('HTML keeps tags that HTML does not have, and names what it leaves out', () => {
  const { sections, leftOut } = htmlSections(
    '<title>Page</title><nav>menu</nav><p>Send <order-number/> or List<OrderLine>, </p><svg><path d="x"/></svg><noscript>x</noscript>',
  );
  expect(sections).toEqual([{ headings: ['Page'], blocks: ['Send <order-number/> or List<OrderLine>,'] }]);
  expect(leftOut).toEqual(['navigation', 'drawings', 'what is shown without scripts']);
});

function wordsAndTags(text: string): string[] {
  return text.match(/[\p{L}\p{N}<>:,.-]+/gu)!.filter((word) => /[\p{L}\p{N}]/u.test(word));
}
