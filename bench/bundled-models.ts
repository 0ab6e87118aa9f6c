/**
 * How long the bundled cross-encoders take for one request, in turns, in the precision that they load in.
 *
 *     node bench/bundled-models.ts [--models small,nano] [--passages 100] [--rounds 60] [--json FILE]
 *
 * `--models` are names of bundled models. Pairs are those of workload W1 (cross-encoder/workloads.ts), with a query of its own
 * in each round. The first round warms up, and does not count.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { type BundledModel, modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { seededRandom, shuffled } from './cross-encoder/seeded-random.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'small,nano' },
    passages: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const names = values.models.split(',') as BundledModel[];
const passages = Number(values.passages);
const rounds = Number(values.rounds);

const texts = await MadeUpTexts.open(modelDirectory(names[0]!));
const models = new Map<BundledModel, CrossEncoder>();
for (const name of names) models.set(name, await loadCrossEncoder(modelDirectory(name)));
const taken = new Map(names.map((name): [BundledModel, number[]] => [name, []]));
const random = seededRandom(7);
let pairTokens = 0;
for (let round = 0; round <= rounds; round += 1) {
  const { query, passages: candidates, pairLengths } = texts.request(workloads['W1']!, passages, round);
  pairTokens = pairLengths.reduce((sum, length) => sum + length, 0) / passages;
  for (const name of shuffled(names, random)) {
    const started = performance.now();
    await models.get(name)!.score({ query, passages: candidates });
    if (round > 0) taken.get(name)!.push(performance.now() - started);
  }
}
const rows = [...models].map(([name, { precision }]) => {
  const times = taken.get(name)!.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))]! * 10) / 10;
  return { name, precision, least: at(0), median: at(0.5), p95: at(0.95) };
});
for (const model of models.values()) await model.close();
const outcome = {
  machine: describeMachine(),
  passages,
  meanTokensOfPair: pairTokens,
  rounds,
  milliseconds: rows,
};
process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
