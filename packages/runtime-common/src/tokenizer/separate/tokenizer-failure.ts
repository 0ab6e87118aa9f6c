import { fileURLToPath } from 'node:url';
import { RetrievalError } from '@secondpass/core';
import { startFailure } from '../../inference/start-failure.ts';
import { tokenizerScript } from './start-tokenizer-process.ts';

/** Longest time that opening a tokenizer may take, in milliseconds; the largest known ones take two seconds. */
export const openTimeoutMs = 60_000;
/** Longest time that a part of a request's texts may take, in milliseconds; at most 0.1 s is usual. */
export const answerTimeoutMs = 10_000;
/** Memory that a tokenizer's process may take, in bytes; the largest known ones take about 600 MB. */
export const mostBytes = 1.5 * 2 ** 30;

/** Why a tokenizer's process ended. */
export type EndOfProcess =
  | { readonly kind: 'timeout'; readonly limitMs: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'exit'; readonly by: string }
  /** A JavaScript error, before it opened the file. */
  | { readonly kind: 'broken' };

/** The error if the process ended before the tokenizer was open. */
export function failedToOpen(origin: string, end: EndOfProcess): RetrievalError {
  const notInstalled = startFailure(undefined, tokenizerScript, origin);
  if (notInstalled) return notInstalled;
  if (end.kind === 'broken') return broken(origin);
  return new RetrievalError({
    code: 'model-damaged',
    origin,
    problem: `tokenizer.json cannot be used: the process that opens it ${describe(end)}.`,
    nextStep:
      'Do not use this file; fetch the model again from its author, or use another model. Only the loading of this model failed.',
  });
}

/** The error of the request that the process was working on when it ended. */
export function failedToTokenize(origin: string, end: EndOfProcess): RetrievalError {
  return new RetrievalError({
    code: 'model-crashed',
    origin,
    problem: `The process that tokenizes by tokenizer.json ${describe(end)}.`,
    nextStep:
      'It is started again for the next request; if texts end it again, a rule in tokenizer.json cannot read them: take another model, or leave those texts out.',
  });
}

/** The library's own error for a text or for the file. */
export function refusedByLibrary(origin: string, detail: string): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin,
    problem: `tokenizer.json is not a tokenizer that can be used: ${detail}.`,
    nextStep: 'Copy the model directory again; `secondpass doctor` shows the state of every file.',
  });
}

/** The error of a request if the process had to be restarted and the file has changed since. */
export function changedFile(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin,
    problem: 'tokenizer.json was changed after the model was loaded.',
    nextStep: 'Load the model again.',
  });
}

export function noLibrary(origin: string, detail: string): RetrievalError {
  return new RetrievalError({
    code: 'missing-dependency',
    origin,
    problem: `Hugging Face's tokenizers cannot be loaded on ${process.platform}-${process.arch}: ${detail}.`,
    nextStep: 'Install the package tokenizers again for this machine; docs/install.md lists the platforms.',
  });
}

function broken(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'missing-dependency',
    origin,
    problem:
      'Its tokenizer.json is read in a process of its own, and that process ends before it opens the file.',
    nextStep: `Run \`node ${fileURLToPath(tokenizerScript)}\` to see why, and install @secondpass/runtime-common again with what it depends on.`,
  });
}

export function noProcess(origin: string, cause: unknown): RetrievalError {
  const { code = 'unknown' } = cause as { code?: string };
  return new RetrievalError({
    code: 'missing-dependency',
    origin,
    problem: `Its tokenizer.json is read in a process of its own, and the system cannot start one (${code}).`,
    nextStep:
      "Let the program start processes (Node's permission model: --allow-child-process; not from a single executable), or take a model with BERT's tokenizer, which needs none.",
    cause,
  });
}

function describe(end: EndOfProcess): string {
  switch (end.kind) {
    case 'timeout':
      return `took longer than ${end.limitMs / 1000} s and was stopped`;
    case 'memory':
      return `took more than ${mostBytes / 2 ** 20} MiB of memory and was stopped`;
    case 'exit':
      return `was ended by ${end.by}`;
    case 'broken':
      return 'ended with an error of its own';
  }
}
