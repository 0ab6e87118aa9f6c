import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import type { Tokenizer } from '@secondpass/core/runtime';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import {
  crashing,
  crashingText,
  exploding,
  multiplying,
  refused,
  removeTokenizerDirectories,
  slow,
  slowText,
  tokenizerDirectory,
  unopenable,
  unreadable,
} from './hostile-tokenizers.ts';
import { ignoreOthers, tokenizerProcesses } from './separate-processes.ts';

beforeAll(ignoreOthers);

const opened: Tokenizer[] = [];
afterEach(async () => {
  for (const tokenizer of opened.splice(0)) await tokenizer.close?.();
});
afterAll(removeTokenizerDirectories);

async function open(directory: string): Promise<Tokenizer> {
  const tokenizer = await onnxRuntime.openTokenizer(directory);
  opened.push(tokenizer);
  return tokenizer;
}

async function failureOf(work: Promise<unknown>): Promise<RetrievalError> {
  const outcome = await work.catch((error) => error);
  if (!RetrievalError.is(outcome)) throw new Error(`not a RetrievalError: ${String(outcome)}`);
  return outcome;
}

describe('a text that ends the library', () => {
  test.each(Object.entries(crashing))('costs one request: %s', async (_, change) => {
    const directory = tokenizerDirectory(change);
    const tokenizer = await open(directory);
    const failure = await failureOf(tokenizer.encode(['bread', crashingText]));
    expect(failure).toMatchObject({ code: 'model-crashed', origin: basename(directory) });
    expect(failure.message).toMatch(/tokenizer\.json was ended by SIGABRT.*take another model/);
    const [ids] = await tokenizer.encode(['bread']);
    expect(ids).toHaveLength(1);
  });

  test.each(Object.entries(unreadable))('is every text: %s', async (_, change) => {
    const tokenizer = await open(tokenizerDirectory(change));
    expect(await failureOf(tokenizer.encode(['bread']))).toMatchObject({ code: 'model-crashed' });
    expect(await failureOf(tokenizer.encodeWithOffsets(['bread']))).toMatchObject({ code: 'model-crashed' });
    expect(await failureOf(tokenizer.pairTemplate())).toMatchObject({ code: 'model-crashed' });
  });

  test('costs nothing of the other requests', async () => {
    const tokenizer = await open(tokenizerDirectory(crashing['a regular expression of the pre-tokenizer']));
    const texts = ['bread', crashingText, 'bread bread', `${crashingText}!`, 'bread bread bread'];
    const outcomes = await Promise.allSettled(texts.map((text) => tokenizer.encode([text])));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });
});

describe('a file that the library cannot open', () => {
  test.each(Object.entries(unopenable))('costs one load: %s', async (_, change) => {
    const directory = tokenizerDirectory(change);
    const failure = await failureOf(open(directory));
    expect(failure).toMatchObject({ code: 'model-damaged', origin: basename(directory) });
    expect(failure.message).toMatch(/tokenizer\.json cannot be used.*SIGABRT.*fetch the model again/);
  });

  test.each(Object.entries(refused))('is refused by it: %s', async (_, change) => {
    const failure = await failureOf(open(tokenizerDirectory(change)));
    expect(failure).toMatchObject({ code: 'model-damaged' });
    expect(failure.message).toMatch(/tokenizer\.json is not a tokenizer/);
  });

  test('leaves no process behind', async () => {
    for (const change of Object.values({ ...unopenable, ...refused })) {
      await failureOf(open(tokenizerDirectory(change)));
    }
    expect(tokenizerProcesses()).toEqual([]);
  });
});

describe('a rule that makes a text longer', () => {
  test('is stopped at its memory, which is not that of this process', async () => {
    const tokenizer = await open(tokenizerDirectory(exploding));
    const before = process.memoryUsage.rss();
    const failure = await failureOf(tokenizer.encode(['a'.repeat(1000)]));
    expect(failure).toMatchObject({ code: 'model-crashed' });
    expect(failure.problem).toMatch(/tokenizer\.json took more than 1536 MiB of memory/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
    const [ids] = await tokenizer.encode(['bre d']);
    expect(ids).toHaveLength(2);
  });

  test('gives this process no more ids than a text can have', async () => {
    const tokenizer = await open(tokenizerDirectory(multiplying));
    const failure = await failureOf(tokenizer.encode(['a'.repeat(250_000)]));
    expect(failure).toMatchObject({ code: 'model-damaged' });
    expect(failure.problem).toMatch(/2250000 tokens of a text, and the limit is 2097152/);
    const [ids] = await tokenizer.encode(['a'.repeat(1000)]);
    expect(ids).toHaveLength(9000);
  });
});

describe('a rule that takes minutes', () => {
  test('is stopped after 10 s, and the other requests are answered', async () => {
    const tokenizer = await open(tokenizerDirectory(slow));
    const started = performance.now();
    const failing = failureOf(tokenizer.encode([slowText]));
    const other = tokenizer.encode(['bread']);
    const failure = await failing;
    expect(failure).toMatchObject({ code: 'model-crashed' });
    expect(failure.problem).toMatch(/took longer than 10 s and was stopped/);
    expect(performance.now() - started).toBeGreaterThan(9_000);
    expect(await other).toEqual([new Int32Array([2])]);
  });

  test('does not hold a caller who leaves', async () => {
    const tokenizer = await open(tokenizerDirectory(slow));
    const leaving = new AbortController();
    const failing = tokenizer.encode([slowText], leaving.signal).catch((error) => error);
    await setTimeout(100);
    const reason = new Error('left');
    leaving.abort(reason);
    expect(await failing).toBe(reason);
    expect(tokenizerProcesses()).toHaveLength(1);
  });

  test('does not hold close(), nor the process that it ran in', async () => {
    const tokenizer = await open(tokenizerDirectory(slow));
    const failing = failureOf(tokenizer.encode([slowText]));
    const waiting = failureOf(tokenizer.encode(['bread']));
    await setTimeout(100);
    await tokenizer.close?.();
    expect(tokenizerProcesses()).toEqual([]);
    expect(await failing).toMatchObject({ code: 'closed' });
    expect(await waiting).toMatchObject({ code: 'closed' });
    expect(await failureOf(tokenizer.encode(['bread']))).toMatchObject({ code: 'closed' });
    await tokenizer.close?.();
  });
});
