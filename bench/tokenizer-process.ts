/**
 * What a tokenizer in a process of its own costs, compared with the same one in this process: opening it, tokenizing, and its share
 * of scoring, in interleaved rounds.
 *
 *     node bench/tokenizer-process.ts [--model DIRECTORY]... [--rounds N] [--json FILE]
 *
 * The bundled models would be tokenized in this process; they stand for any model that is as fast.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCrossEncoder } from '@secondpass/core';
import type { ModelRuntime, Tokenizer } from '@secondpass/core/runtime';
import { onnxRuntime } from '@secondpass/runtime-onnx';
import { HuggingFaceTokenizer } from '../packages/runtime-common/src/tokenizer/hugging-face-tokenizer.ts';
import { SeparateTokenizer } from '../packages/runtime-common/src/tokenizer/separate/separate-tokenizer.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { describeMachine } from './machine.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '30' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const bundled = ['nano', 'small'].map((name) =>
  fileURLToPath(new URL(`../packages/models/models/${name}`, import.meta.url)),
);
const passages = 100;

type Place = 'here' | 'separate';
const places: readonly Place[] = ['here', 'separate'];
const open: Record<Place, (directory: string) => Promise<Tokenizer>> = {
  here: async (directory) =>
    HuggingFaceTokenizer.fromJson(readFileSync(join(directory, 'tokenizer.json'), 'utf8')),
  separate: (directory) => SeparateTokenizer.open(basename(directory), join(directory, 'tokenizer.json')),
};

async function measure(directory: string) {
  const source = await MadeUpTexts.open(directory);
  const workload = { pairLengths: (count: number) => Array.from({ length: count }, () => 100) };
  const { query, passages: texts } = source.request(workload as never, passages * (rounds + 1), 1);
  const inRound = (round: number) => texts.slice(round * passages, (round + 1) * passages);
  const opening = await interleaved(
    async (place) => {
      const started = performance.now();
      const tokenizer = await open[place](directory);
      const ms = performance.now() - started;
      await tokenizer.close?.();
      return ms;
    },
    Math.min(rounds, 10),
  );

  const tokenizers = { here: await open.here(directory), separate: await open.separate(directory) };
  const tokenize = (textsOf: (round: number) => readonly string[]) =>
    interleaved(async (place, round) => {
      const started = performance.now();
      await tokenizers[place].encode(textsOf(round));
      return performance.now() - started;
    }, rounds);
  const newTexts = await tokenize(inRound);
  const again = await tokenize(() => inRound(0));
  await tokenizers.separate.close?.();

  const modelIn = (place: Place) => {
    const runtime: ModelRuntime = { ...onnxRuntime, openTokenizer: open[place] };
    return loadCrossEncoder(directory, { runtime });
  };
  const models = { here: await modelIn('here'), separate: await modelIn('separate') };
  const scoring = await interleaved(async (place, round) => {
    const started = performance.now();
    await models[place].score({ query, passages: inRound(round) });
    return performance.now() - started;
  }, rounds);
  for (const place of places) await models[place].close();
  return { model: basename(directory), opening, newTexts, again, scoring };
}

/** Milliseconds of each place, the first of which changes from round to round. */
async function interleaved(run: (place: Place, round: number) => Promise<number>, count: number) {
  const times: Record<Place, number[]> = { here: [], separate: [] };
  for (let round = 0; round < count; round += 1) {
    for (const place of round % 2 === 0 ? places : places.toReversed())
      times[place].push(await run(place, round));
  }
  return Object.fromEntries(
    places.map((place) => [place, { minMs: Math.min(...times[place]), medianMs: median(times[place]) }]),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const results = [];
for (const directory of options.model ?? bundled) results.push(await measure(directory));
const date = new Date().toISOString().slice(0, 10);
const report = { date, machine: describeMachine(), passages, rounds, results };
for (const { model, ...measured } of results) {
  for (const [what, byPlace] of Object.entries(measured)) {
    console.log(`${model}, ${what}`);
    console.table(byPlace);
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
