/** Every public function has an example, and what an example says is true: its types, its values, that it runs. */
import { afterAll, expect, test } from '@jest/globals';
import { serveModels } from '../services/served-models.ts';
import { complaintsAbout } from './complaints-about.ts';
import { examplesOf } from './example.ts';
import { exampleProject } from './example-project.ts';
import type { PublicName } from './public-name.ts';
import { publicNames } from './public-names.ts';
import { reasonNotToRun, withStandIns } from './stand-ins.ts';

const [names, served] = await Promise.all([publicNames(), serveModels(undefined)]);
const functions = names.filter(({ kind }) => kind === 'function' || kind === 'class');
const examples = examplesOf(names);
const project = await exampleProject(examples, (example) => withStandIns(example, served.url));
const run = examples.filter((example) => reasonNotToRun(example) === undefined);
afterAll(async () => {
  await Promise.all([project.remove(), served.stop()]);
});

const titleOf = ({ entry, name }: PublicName) => `${entry} ${name}`;

/** Whether a program does more with a name than import it. */
function uses(code: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(code.replaceAll(/^import [\s\S]*?;$/gm, ''));
}

test('every public function and class has an example that uses it', () => {
  expect(functions.length).toBeGreaterThan(200);
  const without = functions.filter(({ name, examples: own }) => !own.some((code) => uses(code, name)));
  expect(without.map(titleOf)).toEqual([]);
});

test('every public name is described', () => {
  expect(names.filter(({ isDescribed }) => !isDescribed).map(titleOf)).toEqual([]);
});

test('the examples pass strict TypeScript', async () => {
  expect(await project.complaints()).toBe('');
}, 600_000);

test.each([...new Set(run.map(({ folder }) => folder))])(
  'the examples of %s run, and come to what they say',
  async (folder) => {
    const chosen = run.filter((example) => example.folder === folder);
    expect(complaintsAbout(await project.run(chosen))).toEqual([]);
  },
  900_000,
);

test('an example that keeps its process from ending is found', async () => {
  const code = 'setInterval(() => {}, 60_000);';
  const endless = [{ title: 'endless', code, folder: 'core', file: 'core/endless.ts' }];
  const own = await exampleProject(endless);
  const found = complaintsAbout(await own.run(endless, {}, 100));
  await own.remove();
  expect(found).toEqual([expect.stringMatching(/leaves something open/)]);
});

test('how many ran is told, and why others did not', () => {
  const left = Map.groupBy(examples, (example) => reasonNotToRun(example));
  left.delete(undefined);
  process.stderr.write(`${functions.length} public functions and classes, ${run.length} examples run here\n`);
  for (const [reason, those] of left)
    process.stderr.write(`${those.length} are only type-checked: ${reason}\n`);
  expect(run.length).toBeGreaterThan(180);
});

test('an example that throws, says another value, or registers a test that fails is found', async () => {
  const codes = {
    throws: "throw new Error('no');",
    differs: '1 + 1; // → 3',
    agrees: "[1, 'a']; // → [ 1, 'a' ]",
    registers: "import { test } from 'node:test';\ntest('this one', () => { throw new Error('no'); });",
  };
  const wrong = Object.entries(codes).map(([title, code]) => ({
    title,
    code,
    folder: 'core',
    file: `core/${title}.ts`,
  }));
  const own = await exampleProject(wrong);
  const found = complaintsAbout(await own.run(wrong));
  await own.remove();
  expect(found).toEqual([
    expect.stringMatching(/^throws: Error: no/),
    'differs: says 3, and it is 2',
    expect.stringMatching(/^The process ended with 1: [\s\S]*this one/),
  ]);
});
