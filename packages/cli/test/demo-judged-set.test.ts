import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { TwoStageRetriever } from '@secondpass/core';
import { judgedSetOf } from '../src/commands/demo-judged-set.ts';
import { measureDemo } from '../src/commands/demo-measurement.ts';
import type { Corpus } from '../src/corpus/corpus.ts';
import { installedDocumentation } from '../src/corpus/installed-documentation.ts';
import { corpusOf } from '../src/corpus/open-corpus.ts';
import { Terminal } from '../src/output/terminal.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const judgments = readFileSync(join(import.meta.dirname, '../demo/judgments.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);

let documentation: Promise<Corpus> | undefined;
const installed = () => {
  documentation ??= installedDocumentation(import.meta.dirname);
  return documentation;
};

describe('the judged questions of the demo', () => {
  test('are 40 at least, and every judged passage is in the documentation installed here', async () => {
    const { questions, missing } = await judgedSetOf(await installed());
    // When a package that was judged is upgraded, its passages are to be judged again.
    expect(missing).toBe(0);
    expect(questions.length).toBeGreaterThanOrEqual(40);
    const found = questions.flatMap(({ id, judgments: ofQuestion }) =>
      [...ofQuestion].map(([passage, score]) => `${id} ${passage} ${score}`),
    );
    const written = judgments
      .map((line) => line.split('\t'))
      .map(([id, passage, , score]) => `${id} ${passage} ${score}`);
    expect(found.toSorted()).toEqual(written.toSorted());
  });

  test('count where a passage still says what was judged, and are missing where it does not', async () => {
    const documents = [];
    for await (const document of (await installed()).documents()) {
      if (document.id === 'yaml/README.md#1')
        documents.push({ ...document, text: `${document.text} And more.` });
      else if (document.id === 'cli-progress/README.md#12') documents.push({ ...document, id: 'elsewhere' });
    }
    const { questions, missing, digest } = await judgedSetOf(corpusOf('two passages', documents));
    expect(questions).toMatchObject([{ judgments: new Map([['elsewhere', 2]]) }]);
    expect(missing).toBeGreaterThan(50);
    expect(digest).not.toBe((await judgedSetOf(await installed())).digest);
  });
});

describe('measuring them', () => {
  const folder = temporaryFolder();
  const questions = ['first', 'second'].map((id) => ({ id, text: id, judgments: new Map([['good', 2]]) }));
  const candidates = ['bad', 'good'].map((id, index) => ({
    id,
    text: id,
    score: 1 - index,
    rank: index + 1,
  }));
  let asked = 0;
  const retriever = new TwoStageRetriever({
    source: { name: 'list', input: 'text', search: async () => candidates },
    reranker: {
      name: 'knows',
      score: async ({ passages }) => {
        asked += 1;
        return passages.map((text) => ({ score: 0.5, rawScore: text === 'good' ? 1 : 0, tokensCut: 0 }));
      },
    },
  });
  const stream = { write: () => true };
  const terminal = new Terminal({
    json: true,
    out: stream,
    err: stream,
    secrets: new Secrets(),
    environment: {},
  });
  const context = {
    terminal,
    secrets: new Secrets(),
    environment: {},
    input: Readable.from([]),
    folder,
    signal: new AbortController().signal,
  };
  const request = {
    judged: { questions, missing: 0, digest: 'a' },
    retriever,
    depth: 2,
    folder,
    digest: 'index',
    context,
  };

  test('compares both orders, and asks again only when something has changed', async () => {
    const measured = await measureDemo(request);
    expect(measured).toMatchObject({
      questions: 2,
      depth: 2,
      stage1: { 'MRR@10': 0.5 },
      stage2: { 'nDCG@10': 1, 'MRR@10': 1 },
      wins: 2,
      losses: 0,
    });
    expect(measured.stage1['nDCG@10']).toBeCloseTo(1 / Math.log2(3), 12);
    expect(asked).toBe(2);
    expect(await measureDemo(request)).toEqual(measured);
    expect(asked).toBe(2);
    await measureDemo({ ...request, digest: 'another index' });
    expect(asked).toBe(4);
  });
});
