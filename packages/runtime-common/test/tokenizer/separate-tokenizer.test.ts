import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { loadCrossEncoder, RetrievalError } from '@secondpass/core';
import type { ModelRuntime, Tokenizer } from '@secondpass/core/runtime';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import { HuggingFaceTokenizer } from '../../src/tokenizer/hugging-face-tokenizer.ts';
import { removeTokenizerDirectories, slow, slowText, tokenizerDirectory } from './hostile-tokenizers.ts';
import { ignoreOthers, stateOf, tokenizerProcesses, untilGone } from './separate-processes.ts';
import { variedTexts } from './varied-texts.ts';

beforeAll(ignoreOthers);

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const tinyBert = path('../../../core/test/models/goldens/tiny-bert');
/** A rule that the package has never heard of, and that is none of harm. */
const benign = {
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '[aeiou]{2,3}|\\d' }, behavior: 'Isolated', invert: false },
      { type: 'BertPreTokenizer' },
    ],
  },
};
const model = mkdtempSync(join(tmpdir(), 'secondpass-separate-'));
cpSync(tinyBert, model, { recursive: true });
const file = join(model, 'tokenizer.json');
writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...benign }));

const opened: Tokenizer[] = [];
afterEach(async () => {
  for (const tokenizer of opened.splice(0)) await tokenizer.close?.();
});
afterAll(() => {
  removeTokenizerDirectories();
  rmSync(model, { recursive: true });
});

async function open(directory: string, cacheBytes = 0): Promise<Tokenizer> {
  const tokenizer = await onnxRuntime.openTokenizer(directory, { cacheBytes });
  opened.push(tokenizer);
  return tokenizer;
}

const inThisProcess: ModelRuntime = {
  ...onnxRuntime,
  openTokenizer: async (directory) =>
    HuggingFaceTokenizer.fromJson(readFileSync(join(directory, 'tokenizer.json'), 'utf8')),
};

describe('a tokenizer in a process of its own', () => {
  test('answers as one in this process does', async () => {
    const [separate, here] = [await open(model), await inThisProcess.openTokenizer(model)];
    expect(tokenizerProcesses()).toHaveLength(1);
    const texts = [...variedTexts(3000, 7), '', 'a lone surrogate \ud800 in a text', 'x'.repeat(100_000)];
    expect(await separate.encode(texts)).toEqual(await here.encode(texts));
    expect(await separate.encodeWithOffsets(texts)).toEqual(await here.encodeWithOffsets(texts));
    expect(await separate.pairTemplate()).toEqual(await here.pairTemplate());
    expect(await separate.singleTemplate()).toEqual(await here.singleTemplate());
    for (const token of ['[MASK]', 'no such token']) {
      expect(await separate.tokenId(token)).toBe(await here.tokenId(token));
    }
  });

  test('scores bit for bit as one in this process does, and ends with the model', async () => {
    const request = { query: 'a bridge over the river', passages: variedTexts(60, 11) };
    await using separate = await loadCrossEncoder(model, { workers: 1, runtime: onnxRuntime });
    await using here = await loadCrossEncoder(model, { workers: 1, runtime: inThisProcess });
    expect(await separate.score(request)).toEqual(await here.score(request));
    expect(tokenizerProcesses()).toHaveLength(1);
    await separate.close();
    expect(tokenizerProcesses()).toEqual([]);
  });

  test('ends when the rest of the model cannot be loaded', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'secondpass-separate-'));
    try {
      cpSync(model, broken, { recursive: true });
      writeFileSync(join(broken, 'onnx/model.onnx'), 'not a graph');
      let started: number[] = [];
      const openSession: ModelRuntime['openSession'] = async (request) => {
        // Tokenizer and session open at the same time.
        for (; started.length === 0; started = tokenizerProcesses()) await setTimeout(10);
        return onnxRuntime.openSession(request);
      };
      const runtime = { ...onnxRuntime, openSession };
      const failure = await loadCrossEncoder(broken, { runtime }).catch((error) => error);
      expect(failure).toMatchObject({ code: 'model-damaged' });
      expect(started).toHaveLength(1);
      expect(tokenizerProcesses()).toEqual([]);
    } finally {
      rmSync(broken, { recursive: true });
    }
  });

  test('keeps whole texts in this process where it is told to', async () => {
    const tokenizer = await open(model, 10_000);
    const [first] = await tokenizer.encode(['a bridge']);
    const [again] = await tokenizer.encode(['a bridge']);
    expect(again).toBe(first);
    expect(tokenizerProcesses()).toHaveLength(1);
  });

  test('does not start for a signal that is aborted, and ends with one that aborts', async () => {
    const reason = new Error('left');
    const before = AbortSignal.abort(reason);
    await expect(onnxRuntime.openTokenizer(model, { signal: before })).rejects.toBe(reason);
    const leaving = new AbortController();
    const opening = onnxRuntime.openTokenizer(model, { signal: leaving.signal }).catch((error) => error);
    while (tokenizerProcesses().length === 0) await new Promise(setImmediate);
    leaving.abort(reason);
    expect(await opening).toBe(reason);
    expect(tokenizerProcesses()).toEqual([]);
  });
});

describe('a process that is killed', () => {
  test('in the middle of a request costs that request', async () => {
    const tokenizer = await open(tokenizerDirectory(slow));
    const failing = tokenizer.encode([slowText]).catch((error) => error);
    const other = tokenizer.encode(['bread']);
    await setTimeout(200);
    process.kill(tokenizerProcesses()[0]!, 'SIGKILL');
    const failure = await failing;
    expect(RetrievalError.is(failure) && failure).toMatchObject({ code: 'model-crashed' });
    expect(failure.problem).toContain('SIGKILL');
    expect(await other).toHaveLength(1);
  });

  test('while it is idle costs nothing', async () => {
    const tokenizer = await open(model);
    const expected = await tokenizer.encode(['a bridge']);
    const [pid] = tokenizerProcesses();
    process.kill(pid!, 'SIGKILL');
    // Not waited for: the next request may come before this process has heard of it.
    while (stateOf(pid!).match(/^[^Z]/)) {}
    expect(await tokenizer.encode(['a bridge'])).toEqual(expected);
    expect(tokenizerProcesses()).not.toContain(pid);
  });

  test('is not started again with another file', async () => {
    const directory = tokenizerDirectory({ pre_tokenizer: { type: 'WhitespaceSplit' } });
    const tokenizer = await open(directory);
    writeFileSync(
      join(directory, 'tokenizer.json'),
      readFileSync(join(tokenizerDirectory(), 'tokenizer.json')),
    );
    expect(await tokenizer.encode(['bread'])).toHaveLength(1);
    const [pid] = tokenizerProcesses();
    process.kill(pid!, 'SIGKILL');
    await untilGone(pid!);
    await expect(tokenizer.encode(['bread'])).rejects.toThrow(
      /tokenizer\.json was changed.*Load the model again/,
    );
  });
});

describe('the program that asks', () => {
  test('is told where it may not start processes', async () => {
    const allowed = ['--permission', '--allow-fs-read=*', '--allow-addons', '--allow-worker'];
    const host = spawnSync(
      process.execPath,
      [...allowed, path('separate-host.ts'), tokenizerDirectory(), 'exit'],
      {
        encoding: 'utf8',
      },
    );
    expect(host.stderr).toMatch(/cannot start one \(ERR_ACCESS_DENIED\).*--allow-child-process/);
    expect(host.stderr).toContain("code: 'missing-dependency'");
  });

  const start = (directory: string, then: 'exit' | 'hang'): ChildProcess =>
    spawn(process.execPath, [path('separate-host.ts'), directory, then], {
      env: { ...process.env, DATABASE_URL: 'postgres://user:secret@host/db' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const printed = async (host: ChildProcess): Promise<{ pids: number[]; ids: number[] }> => {
    const [data] = await once(host.stdout!, 'data');
    return JSON.parse(String(data));
  };

  test('ends by itself, and the process with it', async () => {
    const host = start(tokenizerDirectory(), 'exit');
    const ended = once(host, 'exit');
    const { pids, ids } = await printed(host);
    expect(ids).toEqual([2]);
    expect(pids).toHaveLength(1);
    expect(await ended).toEqual([0, null]);
    await untilGone(pids[0]!);
  });

  test('takes the process along when it is killed, in the middle of a text too', async () => {
    const host = start(tokenizerDirectory(slow), 'hang');
    const { pids } = await printed(host);
    if (existsSync('/proc/self/environ')) {
      expect(readFileSync(`/proc/${pids[0]}/environ`, 'utf8')).not.toContain('secret');
    }
    host.kill('SIGKILL');
    await untilGone(pids[0]!);
  });
});
