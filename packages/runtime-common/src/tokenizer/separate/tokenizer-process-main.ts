/** The process that tokenizes with an untrusted file. It ends in any state when the parent process ends. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { readModelText } from '@secondpass/core/runtime';
import type { HuggingFaceTokenizer } from '../hugging-face-tokenizer.ts';
import type { GuardSettings } from './tokenizer-guard.ts';
import type {
  TokenizerAnswers,
  TokenizerGreeting,
  TokenizerProcessSettings,
  TokenizerQuestion,
  TokenizerReply,
} from './tokenizer-messages.ts';

/**
 * The most ids of one answer: eight for each character of the longest passage; one token per byte needs at most four.
 */
const mostIds = 2 ** 21;

const guardScript = new URL(
  import.meta.url.endsWith('.ts') ? './tokenizer-guard.ts' : './tokenizer-guard.js',
  import.meta.url,
);

const { file, mostBytes } = JSON.parse(process.argv[2]!) as TokenizerProcessSettings;
const busy = new Int32Array(new SharedArrayBuffer(4));

// A normal exit waits for threads inside the library, possibly forever.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal sends these to the whole process group; the parent decides when this process ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
try {
  // On Linux: when memory runs out, the kernel kills this process first.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {}

await startGuard();
setBusy(true);
const tokenizer = await open();
setBusy(false);
if (tokenizer) serve(tokenizer);

function startGuard(): Promise<unknown> {
  const guard = new Worker(guardScript, { workerData: { busy, mostBytes } satisfies GuardSettings });
  const { promise, resolve, reject } = Promise.withResolvers();
  guard.once('message', resolve);
  guard.once('error', reject);
  return promise;
}

async function open(): Promise<HuggingFaceTokenizer | undefined> {
  let library: typeof import('../hugging-face-tokenizer.ts');
  try {
    library = await import('../hugging-face-tokenizer.ts');
  } catch (error) {
    return send({ kind: 'refused', reason: 'no-library', detail: messageOf(error) });
  }
  try {
    const json = await readModelText(file);
    const opened = library.HuggingFaceTokenizer.fromJson(json);
    send({ kind: 'ready', digest: createHash('sha256').update(json).digest('hex') });
    return opened;
  } catch (error) {
    return send({ kind: 'refused', reason: 'unreadable', detail: messageOf(error) });
  }
}

function serve(tokenizer: HuggingFaceTokenizer): void {
  let before: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  process.on('message', (question: TokenizerQuestion) => {
    waiting += 1;
    setBusy(true);
    before = before.then(async () => {
      send({ kind: 'begun' });
      const reply = await replyTo(tokenizer, question);
      waiting -= 1;
      if (waiting === 0) setBusy(false);
      send(reply);
    });
  });
}

async function replyTo(
  tokenizer: HuggingFaceTokenizer,
  question: TokenizerQuestion,
): Promise<TokenizerReply> {
  try {
    return { kind: 'answer', answer: await answerTo(tokenizer, question) };
  } catch (error) {
    return { kind: 'failed', detail: messageOf(error) };
  }
}

async function answerTo(
  tokenizer: HuggingFaceTokenizer,
  question: TokenizerQuestion,
): Promise<TokenizerAnswers[keyof TokenizerAnswers]> {
  switch (question.kind) {
    case 'encode': {
      const all = await tokenizer.encode(question.texts);
      checkCount(all);
      return all;
    }
    case 'encodeWithOffsets': {
      const all = await tokenizer.encodeWithOffsets(question.texts);
      checkCount(all.map(({ ids }) => ids));
      return all;
    }
    case 'tokenId':
      return tokenizer.tokenId(question.texts[0]!);
    case 'pairTemplate':
      return tokenizer.pairTemplate();
    case 'singleTemplate':
      return tokenizer.singleTemplate();
  }
}

function checkCount(all: readonly Int32Array[]): void {
  const count = all.reduce((sum, { length }) => sum + length, 0);
  if (count > mostIds) throw new Error(`it makes ${count} tokens of a text, and the limit is ${mostIds}`);
}

function setBusy(working: boolean): void {
  Atomics.store(busy, 0, working ? 1 : 0);
  Atomics.notify(busy, 0);
}

function send(message: TokenizerGreeting | TokenizerReply): undefined {
  // An error here means that the parent is gone; `disconnect` follows.
  process.send!(message, undefined, undefined, () => {});
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.slice(0, 200);
}
