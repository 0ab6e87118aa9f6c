import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { modelDirectory } from '@secondpass/models';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const query = ['rerank', '--query', 'What is the capital of France?'];
const lines = [
  '{"id":"fruit","text":"Bananas are yellow when they are ripe."}',
  '{"id":"paris","text":"Paris is the capital of France."}',
  '{"text":"Bananas are yellow when they are ripe."}',
].join('\n');

describe('rerank', () => {
  test('answers as JSON, best first, ties in the order of the input', async () => {
    const { code, stdout, stderr } = await runCommand([...query, '--documents', '-', '--json'], {
      input: lines,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer)).toEqual(['query', 'model', 'results']);
    expect(answer).toMatchObject({ query: query[2], model: 'small' });
    const places = answer.results.map(({ rank, index, id }: Record<string, unknown>) => [rank, index, id]);
    expect(places).toEqual([
      [1, 1, 'paris'],
      [2, 0, 'fruit'],
      [3, 2, null],
    ]);
    for (const result of answer.results) {
      expect(Object.keys(result)).toEqual(['rank', 'index', 'id', 'score', 'rawScore']);
      expect(result.score).toBeGreaterThanOrEqual(0);
      expect(result.score).toBeLessThanOrEqual(1);
    }
    expect(answer.results[1].rawScore).toBe(answer.results[2].rawScore);
  });

  test('takes a model directory, a file of plain lines, and --top-k', async () => {
    const folder = temporaryFolder({
      'lines.txt': 'Bananas are yellow.\n\nParis is the capital of France.\n',
    });
    cpSync(modelDirectory('small'), join(folder, 'own'), { recursive: true });
    const flags = [...query, '--documents', 'lines.txt', '--model', './own', '--top-k', '1'];
    const { code, stdout } = await runCommand(flags, { folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).results).toEqual([
      { rank: 1, index: 1, id: null, score: expect.any(Number), rawScore: expect.any(Number) },
    ]);
  });

  test.each([
    ['a bad line', ['--documents', '-'], '{"text":"a"}\n{', /standard input:2: The line is not JSON/],
    ['no documents', ['--documents', '-'], '', /There are no documents/],
    [
      'an unknown model',
      ['--documents', '-', '--model', 'large'],
      lines,
      /"large" is neither bundled nor a directory/,
    ],
    ['a file that is not there', ['--documents', 'gone.jsonl'], '', /gone\.jsonl: This path does not exist/],
    ['a blank query', ['--documents', '-', '--query', ' '], lines, /--query: The query is empty/],
    ['a huge query', ['--documents', '-', '--query', 'q'.repeat(100_000)], lines, /100,000 characters long/],
    ['a bad number', ['--documents', '-', '--top-k', '0'], lines, /An integer from 1/],
    ['a flag that is not there', ['--documents', '-', '--top', '1'], lines, /unknown option '--top'/],
  ])('with %s ends with 2 and says why', async (_, flags, input, expected) => {
    const { code, stdout, stderr } = await runCommand([...query, ...flags], { input });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a flag that is not there is told as JSON where JSON is asked for', async () => {
    const { code, stdout, stderr } = await runCommand([...query, '--documents', '-', '--json', '--top', '1']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'invalid-options', problem: expect.stringMatching(/^unknown option '--top'/) },
    });
  });

  test('with a model that is cut short ends with 1, and as JSON where that is wanted', async () => {
    const folder = temporaryFolder();
    const files = (file: string) => !file.endsWith('.onnx');
    cpSync(modelDirectory('small'), join(folder, 'own'), { recursive: true, filter: files });
    const flags = [...query, '--documents', '-', '--model', './own', '--json'];
    const { code, stdout, stderr } = await runCommand(flags, { folder, input: lines });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'model-not-found',
      origin: 'small',
      problem: expect.stringContaining('onnx'),
      nextStep: expect.any(String),
    });
  });
});

describe('flags', () => {
  test.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, ''],
    [['--help'], 0, /Exit codes: 0 done, 1 failed, 2 misused/, ''],
    ...['demo', 'rerank', 'index', 'search', 'migrate', 'doctor'].map(
      (command) => [[command, '--help'], 0, /Examples:\n {2}\S/, ''] as [string[], number, RegExp, string],
    ),
    [[], 2, /^$/, 'Usage: secondpass'],
    [['reank'], 2, /^$/, 'Did you mean rerank?'],
    [['search', '--query', 'x'], 2, /^$/, "required option '--config <file>' not specified"],
  ] as [string[], number, RegExp, string][])('%j', async (flags, code, stdout, stderr) => {
    const outcome = await runCommand(flags);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toMatch(stdout);
    expect(outcome.stderr).toContain(stderr);
  });
});
