/**
 * Times the tokenizer compared with Hugging Face's native binding and its JavaScript package, in interleaved rounds.
 *
 *     node bench/tokenizer.ts [--model DIRECTORY]... [--texts FILE] [--javascript DIRECTORY] [--rounds N] [--json FILE]
 *
 * `--texts` is a JSON array of strings; without it, texts are made up. `--javascript` is a folder in which somebody has run
 * `npm install @huggingface/tokenizers`; without it, that one is left out, and the report says so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { HuggingFaceTokenizer } from '../packages/runtime-common/src/tokenizer/hugging-face-tokenizer.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { describeMachine } from './machine.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    texts: { type: 'string' },
    javascript: { type: 'string' },
    rounds: { type: 'string', default: '40' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const bundled = fileURLToPath(new URL('../packages/models/models/small', import.meta.url));
const passages = 100;
/** Passages that the memo has seen before it meets new ones. */
const seenBefore = 3000;

type Encode = (texts: readonly string[]) => Promise<unknown>;

interface Contender {
  readonly name: string;
  /** Made anew in each round, outside the measured time. */
  readonly prepare: (texts: readonly string[]) => Promise<Encode>;
}

interface Row {
  readonly contender: string;
  readonly minMs: number;
  readonly medianMs: number;
  /** Processor time of the event loop's own thread, which other programs on the machine do not lengthen. */
  readonly mainThreadMeanMs: number;
}

async function measure(directory: string) {
  const source = await textSource(directory);
  const contenders = await contendersOf(directory, source.slice(0, seenBefore));
  const times = new Map(contenders.map(({ name }) => [name, { wall: [] as number[], busy: [] as number[] }]));
  let tokens = 0;
  for (let round = 0; round < rounds; round += 1) {
    const start = seenBefore + ((round * passages) % (source.length - seenBefore - passages));
    const texts = source.slice(start, start + passages);
    // Another one begins each round, so that no place in the order is anybody's.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const { name, prepare } = contenders[(turn + round) % contenders.length]!;
      const encode = await prepare(texts);
      const before = mainThreadMs();
      const started = performance.now();
      await encode(texts);
      times.get(name)!.wall.push(performance.now() - started);
      times.get(name)!.busy.push(mainThreadMs() - before);
    }
    tokens = (await tokensPerText(directory, texts)) / passages;
  }
  const rows = [...times].map(([contender, { wall, busy }]): Row => {
    return {
      contender,
      minMs: Math.min(...wall),
      medianMs: median(wall),
      // The system counts it in steps of milliseconds, so that only the mean says something.
      mainThreadMeanMs: busy.reduce((sum, ms) => sum + ms, 0) / busy.length,
    };
  });
  return {
    model: basename(directory),
    tokensPerPassage: tokens,
    rows,
    longest: await longestGaps(directory, source),
  };
}

async function contendersOf(directory: string, seen: readonly string[]): Promise<Contender[]> {
  const experienced = openHere(directory);
  // Each round has other passages, so that this one has never seen them.
  const reading = openHere(directory);
  await reading.encode(seen);
  const native = NativeTokenizer.fromFile(join(directory, 'tokenizer.json'));
  native.disableTruncation();
  native.disablePadding();
  const contenders: Contender[] = [
    {
      name: 'ours, the same passages again',
      prepare: async (texts) => {
        await experienced.encode(texts);
        return (again) => experienced.encode(again);
      },
    },
    {
      name: `ours, new passages after ${seenBefore} others`,
      prepare: async () => (texts) => reading.encode(texts),
    },
    {
      name: 'ours, nothing seen before',
      prepare: async () => {
        const tokenizer = openHere(directory);
        return (texts) => tokenizer.encode(texts);
      },
    },
    {
      name: 'tokenizers (native binding)',
      prepare: async () => async (texts) => {
        const encodings = await native.encodeBatch([...texts], { addSpecialTokens: false });
        return encodings.map((encoding) => Int32Array.from(encoding.getIds()));
      },
    },
  ];
  const javascript = openJavaScript(directory);
  if (javascript) contenders.push(javascript);
  return contenders;
}

function openHere(directory: string): HuggingFaceTokenizer {
  return HuggingFaceTokenizer.fromJson(readFileSync(join(directory, 'tokenizer.json'), 'utf8'));
}

function openJavaScript(directory: string): Contender | undefined {
  if (options.javascript === undefined) return undefined;
  const require = createRequire(join(options.javascript, 'package.json'));
  const { Tokenizer: JavaScriptTokenizer } = require('@huggingface/tokenizers');
  const [json, config] = ['tokenizer.json', 'tokenizer_config.json'].map((file) => readJson(directory, file));
  const tokenizer = new JavaScriptTokenizer(json, config);
  return {
    name: '@huggingface/tokenizers (JavaScript)',
    prepare: async () => async (texts) =>
      texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids),
  };
}

/** Longest time without a turn of the event loop while 100 passages of about 512 tokens are tokenized. */
async function longestGaps(directory: string, source: readonly string[]) {
  const { length } = source.slice(0, passages).join(' ');
  const perPassage = (await tokensPerText(directory, source.slice(0, passages))) / passages;
  const characters = Math.round((512 / perPassage) * (length / passages));
  const all = source.join(' ');
  const texts = Array.from({ length: passages }, (_, index) =>
    all.slice(index * characters, (index + 1) * characters).trim(),
  );
  const gaps = { 'nothing seen before': [] as number[], again: [] as number[] };
  for (let round = 0; round < 10; round += 1) {
    const tokenizer = openHere(directory);
    gaps['nothing seen before'].push(await longestGap(() => tokenizer.encode(texts)));
    gaps.again.push(await longestGap(() => tokenizer.encode(texts)));
  }
  return Object.entries(gaps).map(([state, values]) => {
    return { state, minMs: Math.min(...values), medianMs: median(values) };
  });
}

async function longestGap(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  await run();
  running = false;
  return Math.max(longest, performance.now() - last);
}

function mainThreadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function tokensPerText(directory: string, texts: readonly string[]): Promise<number> {
  const ids = await openHere(directory).encode(texts);
  return ids.reduce((sum, { length }) => sum + length, 0);
}

async function textSource(directory: string): Promise<readonly string[]> {
  if (options.texts !== undefined) return JSON.parse(readFileSync(options.texts, 'utf8'));
  const madeUp = await MadeUpTexts.open(directory);
  const workload = { pairLengths: (count: number) => Array.from({ length: count }, () => 100) };
  return madeUp.request(workload as never, seenBefore + 41 * passages, 1).passages;
}

function readJson(directory: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, file), 'utf8'));
  } catch {
    return {};
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const results = [];
for (const directory of options.model ?? [bundled]) results.push(await measure(directory));
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  texts: options.texts === undefined ? 'made up' : basename(options.texts),
  withoutJavaScript: options.javascript === undefined,
  passages,
  rounds,
  results,
};
for (const { model, rows, longest } of results) {
  console.log(model);
  console.table(rows);
  console.table(longest);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
