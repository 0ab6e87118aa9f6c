import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import * as core from '@secondpass/core';
import type { Command } from 'commander';
import GithubSlugger from 'github-slugger';
import { Lexer, type Tokens } from 'marked';
import { commandLine } from '../src/command-line.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { documentedBlocks, inlineCommands, root } from './documented-blocks.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { typeComplaints } from './type-complaints.ts';

const blocks = documentedBlocks();
// Next to the packages that the examples import, so that they are found as in a project that installed them.
const project = mkdtempSync(join(import.meta.dirname, 'docs-'));
afterAll(() => rmSync(project, { recursive: true }));

/** What an example may take from the text around it: every export of core, and these. Some pages go on from an
 * example before. */
const given = `
import type * as core from '@secondpass/core';
import type { Client } from '@elastic/elasticsearch';
import type * as elastic from '@secondpass/adapter-elastic';
import type { Pool } from 'pg';
declare global {
  ${Object.keys(core)
    .map((name) => `const ${name}: typeof core.${name};`)
    .join('\n  ')}
  const source: core.CandidateSource;
  const embedder: core.Embedder;
  const reranker: core.Reranker;
  const documents: core.Document[];
  const candidates: core.Candidate[];
  const query: string;
  const passages: string[];
  const longText: string;
  const pool: Pool;
  const client: Client;
  const elasticSource: typeof elastic.elasticSource;
}
`;

/** Pages whose programs a test of their own runs. */
const hasTest = (where: string) => /^docs.(install|write-your-own).md:/.test(where);

test('every example in TypeScript fits the packages', async () => {
  // A page beside a test of its own is run there, where the framework that it needs is installed.
  // integration/packages runs the settings of bundlers, by the bundlers that they are for.
  const isRun = (where: string) =>
    existsSync(join(root, dirname(where), 'test/readme.test.ts')) ||
    /^docs.deploy.(bundlers|nextjs).md:/.test(where);
  const examples = blocks.filter(
    ({ language, where }) => (language === 'ts' || language === 'js') && !isRun(where) && !hasTest(where),
  );
  expect(examples.length).toBeGreaterThan(15);
  writeFileSync(join(project, 'given.d.ts'), given);
  for (const [index, { text }] of examples.entries()) {
    writeFileSync(join(project, `example-${index}.ts`), `${text}\nexport {};\n`);
  }
  const complaints = await typeComplaints(project);
  expect(complaints.replace(/example-(\d+)\.ts/g, (_, index) => examples[Number(index)]!.where)).toBe('');
});

const configurations = blocks.filter(
  ({ language, text }) => language === 'yaml' && /^(source|embedder|reranker|depth):/m.test(text),
);

test.each(configurations)('the configuration at $where is one', async ({ text }) => {
  const source = /^source:/m.test(text) ? '' : 'source: { adapter: pgvector, directory: data, table: t }\n';
  const folder = temporaryFolder({ 'secondpass.config.yaml': source + text });
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
  const environment = Object.fromEntries(names.map((name) => [name, 'http://localhost/app']));
  const config = await readConfigFile(join(folder, 'secondpass.config.yaml'), {
    environment,
    secrets: new Secrets(),
  });
  expect(config.adapter.name).toBeTruthy();
});

const program = commandLine('0.0.0', async () => undefined);
const lines = blocks
  .filter(({ language }) => language === '' || language === 'sh')
  .flatMap(({ where, text }) => {
    const joined = text.replaceAll(/\\\n\s*/g, '');
    return [...joined.matchAll(/(?:^|\| )(?:\$ |npx \S+ (?:exec )?)?secondpass ([^|#>\n]+)/gm)].map(
      ([, words]) => [where, words!.trim()] as const,
    );
  });

test('there are command lines and configurations to check', () => {
  expect(lines.length).toBeGreaterThan(15);
  expect(configurations.length).toBeGreaterThan(8);
});

test.each([...lines, ...inlineCommands()])('%s: secondpass %s', (_, words) => {
  // What stands in quotes is a value, and may look like anything.
  const tokens = words.replaceAll(/"[^"]*"|'[^']*'/g, 'VALUE').split(/\s+/);
  let command: Command = program;
  while (command.commands.length > 0 && tokens[0] !== undefined && !tokens[0].startsWith('-')) {
    const next = command.commands.find((one) => one.name() === tokens[0]);
    if (!next) throw new Error(`${tokens[0]} is no command of ${command.name()}`);
    command = next;
    tokens.shift();
  }
  const known = [...command.options.map(({ long }) => long), '--help', '--version'];
  const flags = tokens.filter((token) => token.startsWith('--')).map((token) => token.split('=')[0]);
  expect(known).toEqual(expect.arrayContaining(flags));
});

test('docs/README.md lists every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const pages = globSync(['*.md', 'deploy/*.md'], { cwd: join(root, 'docs') }).filter(
    (page) => page !== 'README.md',
  );
  expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
});

/** Where a git host's page can be linked to: its headings, as GitHub writes them into addresses. */
function anchorsOf(page: string): ReadonlySet<string> {
  const slugger = new GithubSlugger();
  const headings = new Lexer({ gfm: true })
    .lex(readFileSync(page, 'utf8'))
    .filter((token): token is Tokens.Heading => token.type === 'heading');
  return new Set(headings.map(({ text }) => slugger.slug(text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'))));
}

test('links inside the project lead somewhere, to the heading that they name', () => {
  const pages = globSync(
    [
      '*.md',
      'docs/**/*.md',
      'examples/README.md',
      'integration/README.md',
      'training/README.md',
      'packages/*/*.md',
    ],
    { cwd: root },
  );
  const broken = pages.flatMap((page) => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g,
    );
    return [...links].flatMap(([, link, heading]) => {
      const target = link === '' ? join(root, page) : join(root, dirname(page), link!);
      const found = existsSync(target) && (heading === undefined || anchorsOf(target).has(heading));
      return found ? [] : [`${page}: ${link}${heading === undefined ? '' : `#${heading}`}`];
    });
  });
  expect(broken).toEqual([]);
});
