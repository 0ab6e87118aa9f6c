import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Document } from '@secondpass/core';
import { htmlSections } from '../src/corpus/html-sections.ts';
import { installedDocumentation } from '../src/corpus/installed-documentation.ts';
import { markdownSections } from '../src/corpus/markdown-sections.ts';
import { openCorpus } from '../src/corpus/open-corpus.ts';
import { splitIntoPassages } from '../src/corpus/passages.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function read(path: string): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const document of (await openCorpus(path)).documents()) documents.push(document);
  return documents;
}

const words = (count: number, word = 'word') => Array.from({ length: count }, () => word).join(' ');

describe('Markdown', () => {
  test('keeps headings as a path and code as text, and loses badges and addresses', () => {
    const { sections, leftOut } = markdownSections(
      '---\ntitle: x\n---\n# Top\n\n[![badge](b.svg)](https://x)\n\nSee [the guide](https://x) for `npm i` &amp; more.\n\n' +
        '## Use\n\n```js\nrun();\n```\n\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n# Other\n\ntext <b>bold</b>',
    );
    expect(sections).toEqual([
      { headings: ['x', 'Top'], blocks: ['See the guide for npm i & more.'] },
      { headings: ['x', 'Top', 'Use'], blocks: ['run();', '- one\n  - two', 'a | b\n1 | 2'] },
      { headings: ['x', 'Other'], blocks: ['text bold'] },
    ]);
    expect(leftOut).toEqual(['front matter']);
  });
});

describe('HTML', () => {
  test('keeps headings and text, and loses scripts and navigation', () => {
    const { sections, leftOut } = htmlSections(
      '<html><head><title>t</title></head><body><nav>menu</nav><h1>Top</h1><p>First.</p><script>x()</script><h2>In</h2><ul><li>a</li></ul></body></html>',
    );
    expect(sections).toEqual([
      { headings: ['t', 'Top'], blocks: ['First.'] },
      { headings: ['t', 'Top', 'In'], blocks: [expect.stringMatching(/^\* a$/)] },
    ]);
    expect(leftOut).toEqual(['navigation']);
  });
});

describe('passages', () => {
  const sizes = (text: string) =>
    splitIntoPassages([{ headings: [], blocks: [text] }]).map((passage) => passage.text.length);

  test('are cut at sentences, and hold at most 90 words and 400 characters', () => {
    const text = Array.from(
      { length: 60 },
      (_, index) => `Sentence number ${index} has nine words in it today.`,
    ).join(' ');
    const passages = splitIntoPassages([{ headings: ['H'], blocks: [text] }]);
    expect(passages.length).toBeGreaterThan(2);
    for (const passage of passages) {
      expect(passage.text).toMatch(/^Sentence .*today\.$/s);
      expect(passage.text.length).toBeLessThanOrEqual(400);
    }
    expect(passages.map(({ text: part }) => part).join(' ')).toBe(text);
  });

  test('of text without spaces are cut between characters, never inside one', () => {
    const passages = splitIntoPassages([{ headings: [], blocks: [`a${'😀'.repeat(2_000)}`] }]);
    expect(passages.map(({ text }) => text).join('')).toBe(`a${'😀'.repeat(2_000)}`);
    expect(passages.every(({ text }) => text.isWellFormed() && text.length <= 400)).toBe(true);
  });

  test('join short sections of one chapter under what their headings share, and never two chapters', () => {
    const section = (headings: string[], count: number) => ({
      headings,
      blocks: [words(count, headings.at(-1))],
    });
    const sections = [
      section(['A', 'a'], 5),
      section(['A', 'b'], 50),
      section(['A', 'c'], 50),
      section(['B', 'd'], 5),
    ];
    const passages = splitIntoPassages(sections);
    expect(passages.map(({ headings }) => headings)).toEqual([['A'], ['A', 'c'], ['B', 'd']]);
    expect(passages[0]?.text).toBe(`a\n${words(5, 'a')}\nb\n${words(50, 'b')}`);
  });

  test('keep the short end of a section with what stands before it', () => {
    const passages = splitIntoPassages([
      { headings: ['A'], blocks: [words(60), words(10, 'end')] },
      { headings: ['A', 'b'], blocks: [words(50, 'next')] },
    ]);
    expect(passages.map(({ text }) => text)).toEqual([
      `${words(60)}\n${words(10, 'end')}`,
      words(50, 'next'),
    ]);
  });

  test('of a megabyte without a boundary are made in no time', () => {
    const started = performance.now();
    expect(sizes('x'.repeat(1_000_000)).length).toBeGreaterThan(999);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('a folder', () => {
  test('gives ids by path, in the same order each time, links followed once', async () => {
    const folder = temporaryFolder({
      'b.txt': 'plain text',
      'a/deep.md': `# Heading\n\n${words(60)}\n\n${words(60)}`,
      'page.HTML': '<p>html</p>',
      '.hidden/x.md': 'no',
      'node_modules/p/README.md': 'no',
      'image.png': 'no',
    });
    symlinkSync(folder, join(folder, 'a', 'loop'));
    const documents = await read(folder);
    expect(documents.map(({ id }) => id)).toEqual(['a/deep.md#1', 'a/deep.md#2', 'b.txt#1', 'page.HTML#1']);
    expect(documents[0]).toMatchObject({ payload: { file: 'a/deep.md', heading: 'Heading' } });
    expect(documents[0]?.text).toMatch(/^Heading\nword word/);
    expect((await openCorpus(folder)).digest).toBe((await openCorpus(folder)).digest);
  });

  test.each([
    ['is empty', {}, /holds no \.md, \.txt or \.html/],
    ['has an empty file', { 'a.md': ' \n' }, /a\.md: There is no text/],
    ['has a binary file', { 'a.txt': new Uint8Array([65, 10, 0, 66]) }, /a\.txt:2: There is a NUL byte/],
    [
      'has invalid UTF-8',
      { 'a.txt': new Uint8Array([65, 10, 10, 0xff, 66]) },
      /a\.txt:3: The text is not valid UTF-8/,
    ],
    [
      'has a file cut inside a character',
      { 'a.txt': new Uint8Array([65, 0xe2, 0x82]) },
      /a\.txt:1: .* not valid UTF-8/,
    ],
  ])('that %s is refused', async (_, files, expected) => {
    await expect(openCorpus(temporaryFolder(files))).rejects.toThrow(expected);
  });

  test('with a broken link is refused', async () => {
    const folder = temporaryFolder({ 'a.md': 'text' });
    symlinkSync(join(folder, 'gone.md'), join(folder, 'b.md'));
    await expect(openCorpus(folder)).rejects.toThrow(/b\.md: This path does not exist/);
  });

  test('of deeply nested Markdown is read or refused, and soon', async () => {
    const folder = temporaryFolder({
      'a.md': `${'> '.repeat(20_000)}x`,
      'b.md': '['.repeat(50_000),
      'c.md': '*a '.repeat(20_000),
    });
    const started = performance.now();
    for (const name of ['a.md', 'b.md', 'c.md']) {
      await openCorpus(join(folder, name)).catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'invalid-document' }),
      );
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 300_000);
});

describe('a .jsonl file', () => {
  const open = (text: string) => read(join(temporaryFolder({ 'c.jsonl': text }), 'c.jsonl'));

  test('may come from BEIR, and keeps other keys as payload', async () => {
    expect(
      await open(
        '\ufeff{"_id":"d1","title":"T","text":"x","metadata":{"year":1}}\r\n\n{"id":7,"text":"y"}\n{"id":"e","title":"only","text":""}',
      ),
    ).toEqual([
      { id: 'd1', text: 'T\nx', payload: { title: 'T', metadata: { year: 1 } } },
      { id: '7', text: 'y' },
      { id: 'e', text: 'only', payload: { title: 'only' } },
    ]);
  });

  test('leaves out documents without title and text, and says how many and where', async () => {
    const lines = ['{"id":"a","text":"x"}', '{"id":"b","title":" ","text":""}', '{"id":"c","text":"\\n"}'];
    const corpus = await openCorpus(join(temporaryFolder({ 'c.jsonl': lines.join('\n') }), 'c.jsonl'));
    expect(corpus).toMatchObject({ size: 1, empty: { count: 2, firstLine: 2 } });
  });

  test.each([
    ['no JSON', '{"id":"a","text":"x"}\n{oops', /c\.jsonl:2: The line is not JSON/],
    ['no object', '[1]', /:1: The line is \[1\]/],
    ['no id', '{"text":"x"}', /:1: "id" is missing/],
    ['no text', '{"id":"a"}', /:1: "text" is missing/],
    ['nothing but empty documents', '{"id":"a","text":" "}', /All documents of the file are empty/],
    ['a NUL', '{"id":"a","text":"x\\u0000"}', /:1: "text" contains a NUL/],
    ['a lone surrogate', '{"id":"a","text":"x\\ud83d"}', /:1: "text" contains a lone surrogate/],
    ['an id twice', '{"id":1,"text":"x"}\n{"id":"1","text":"y"}', /:2: The id "1" already occurs on line 1/],
    ['nothing', '\n\n', /The file has no documents/],
    ['an endless line', `{"id":"a","text":"${'x'.repeat(9_000_000)}"}`, /:1: The line is longer than 8 MiB/],
  ])('with %s is refused', async (_, text, expected) => {
    await expect(open(text)).rejects.toThrow(expected);
  });
});

test('the documentation of the installed packages is several hundred passages, the same each time', async () => {
  const [first, second] = [
    await installedDocumentation(import.meta.filename),
    await installedDocumentation(import.meta.filename),
  ];
  expect(first.size).toBeGreaterThan(500);
  expect(first.size).toBeLessThan(1_500);
  expect(second.digest).toBe(first.digest);
  const ids = [...(first.documents() as Iterable<Document>)].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.some((id) => id.startsWith('commander/'))).toBe(true);
});
