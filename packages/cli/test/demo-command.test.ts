import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { takeFileLock } from '@secondpass/core/extend';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const corpus = {
  'docs/cities.md':
    '# Cities\n\n## France\n\nParis is the capital of France.\n\n## Germany\n\nBerlin is the capital of Germany.',
  'docs/fruit.txt': 'Bananas are yellow when they are ripe.',
  'docs/help.html': '<h1>Account</h1><p>To reset a password, open the settings and choose Security.</p>',
};
const flags = ['demo', '--corpus', 'docs', '--query', 'How do I change my password?', '--top-k', '2'];

describe('demo', () => {
  test('shows both stages, and reuses its index until the corpus changes', async () => {
    const folder = temporaryFolder(corpus);
    const first = await runCommand(flags, { folder });
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/Read 3 passages[\s\S]*Embedding 3[\s\S]*HNSW/),
    });
    expect(first.stdout).toMatch(
      /How do I change my password\?[\s\S]*stage 2 +moved +stage 1[\s\S]*1 +[=↑].*help\.html › Account/,
    );
    expect(first.stdout).toMatch(/ms in total · embed .* · search .* · rerank 3 candidates/);
    // The bundled models bring a weight for one another.
    expect(first.stdout).toMatch(/ordered by both stages, stage 1 weighs 0\.\d+/);
    expect(first.stdout).toMatch(/Next:\n {2}secondpass demo/);
    expect(first.stdout).not.toContain('\u001b');
    for (const line of first.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);

    const second = await runCommand([...flags, '--query', 'capital of France', '--json'], { folder });
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/Reusing the index in \.secondpass\/demo-/);
    const answer = JSON.parse(second.stdout);
    expect(answer).toMatchObject({ passages: 3, corpus: { passages: 3 }, index: { reused: true } });
    expect(answer.rankings).toHaveLength(2);
    expect(answer.rankings[1]).toMatchObject({
      query: 'capital of France',
      rerankedBy: 'small',
      hits: [{ rank: 1, candidate: { id: 'cities.md#1' } }, { rank: 2 }],
      stage1: [{ rank: 1, id: 'cities.md#1', rankAfterStage2: 1 }, { rank: 2 }],
    });

    // As an interruption leaves it: some passages are in, and the state says that more are to come.
    const state = join(folder, answer.index.directory.slice(folder.length), 'demo.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace('whole', 'filling'));
    const resumed = await runCommand([...flags, '--json'], { folder });
    expect(resumed.stderr).toContain('3 of them were already there from an interrupted run.');
    expect(JSON.parse(readFileSync(state, 'utf8')).phase).toBe('whole');

    writeFileSync(join(folder, 'docs/more.txt'), 'Cherries are red.');
    const third = await runCommand([...flags, '--json'], { folder });
    expect(JSON.parse(third.stdout)).toMatchObject({ corpus: { passages: 4 }, index: { reused: false } });
  });

  test('stops in order when interrupted, and lets nobody in meanwhile', async () => {
    const folder = temporaryFolder({
      'many.jsonl': Array.from({ length: 400 }, (_, id) =>
        JSON.stringify({ id, text: `Note ${id}. ${'word '.repeat(100)}` }),
      ).join('\n'),
    });
    const many = ['demo', '--corpus', 'many.jsonl', '--query', 'note 17', '--data', 'index', '--depth', '5'];
    const stopped = await runCommand(many, { folder, interruptAt: 'Embedding 400' });
    expect(stopped).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('Interrupted.') });
    expect(JSON.parse(readFileSync(join(folder, 'index/demo.json'), 'utf8')).phase).not.toBe('whole');

    const unlock = await takeFileLock(join(folder, 'index/.demo.lock'));
    const locked = await runCommand(many, { folder });
    expect(locked).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is already open in another demo'),
    });

    unlock!();
    const small = readFileSync(join(folder, 'many.jsonl'), 'utf8').split('\n').slice(0, 4).join('\n');
    writeFileSync(join(folder, 'many.jsonl'), small);
    const whole = await runCommand([...many, '--json'], { folder });
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout)).toMatchObject({
      index: { reused: false },
      rankings: [{ candidateCount: 4 }],
    });
  });

  test.each([
    ['an empty folder', ['--corpus', '.'], /holds no \.md, \.txt or \.html file/],
    ['a corpus that is not there', ['--corpus', 'gone'], /gone: This path does not exist/],
    ['top-k above depth', ['--depth', '3', '--top-k', '4'], /--top-k is 4, above the depth of 3/],
    ['a blank query', ['--query', ''], /--query: The query is empty/],
  ])('with %s ends with 2', async (_, bad, expected) => {
    const { code, stdout, stderr } = await runCommand(['demo', ...bad], { folder: temporaryFolder() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
  });

  test('leaves a folder alone that is not its own', async () => {
    const folder = temporaryFolder({ ...corpus, 'mine/thesis.txt': 'years of work' });
    const { code, stderr } = await runCommand([...flags, '--data', 'mine'], { folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/mine: This folder holds files that are not the demo's/);
    expect(readFileSync(join(folder, 'mine/thesis.txt'), 'utf8')).toBe('years of work');
  });
});
