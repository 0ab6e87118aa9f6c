/** Every public function has an example, and what the example says is true: its types, its values, that it runs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { type Example, examplesOf, statedValues } from './example.ts';
import { exampleProject } from './example-project.ts';
import type { PublicName } from './public-name.ts';
import type { Outcome } from './run-in-turn.ts';

const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'list-public-names.ts')], {
  maxBuffer: 2 ** 26,
});
const names = JSON.parse(stdout) as readonly PublicName[];
const functions = names.filter(({ kind }) => kind === 'function' || kind === 'class');
const examples = examplesOf(names);
const project = await exampleProject(examples);
afterAll(() => project.remove());

const titleOf = ({ entry, name }: PublicName) => `${entry} ${name}`;

/** A line for everything that is not as the examples say. */
function complaintsAbout(outcomes: ReadonlyMap<Example, Outcome>): readonly string[] {
  return [...outcomes].flatMap(([{ title, code }, { values, problem }]) => [
    ...(problem === undefined ? [] : [`${title}: ${problem}`]),
    ...[...statedValues(code)]
      .filter(([line, stated]) => values[line] !== stated)
      .map(([line, stated]) => `${title}: says ${stated}, and it is ${values[line]}`),
  ]);
}

test('every public function and class has an example that uses it', () => {
  expect(functions.length).toBeGreaterThan(200);
  const without = functions.filter(
    ({ name, examples: own }) => !own.some((code) => new RegExp(`\\b${name}\\b`).test(code)),
  );
  expect(without.map(titleOf)).toEqual([]);
});

test('every public name is described', () => {
  expect(names.filter(({ isDescribed }) => !isDescribed).map(titleOf)).toEqual([]);
});

test('the examples pass strict TypeScript', async () => {
  expect(await project.complaints()).toBe('');
}, 180_000);

test.each([...new Set(examples.map(({ folder }) => folder))])(
  'the examples of %s run, and come to what they say',
  async (folder) => {
    const chosen = examples.filter((example) => example.folder === folder);
    expect(complaintsAbout(await project.run(chosen))).toEqual([]);
  },
  300_000,
);

test('an example that throws, never ends or says another value is found', async () => {
  const wrong = ["throw new Error('no');", '1 + 1; // → 3', "[1, 'a']; // → [ 1, 'a' ]"].map((code, index) => ({
    title: `wrong ${index}`,
    folder: 'core',
    file: `core/wrong-${index}.ts`,
    code,
  }));
  const own = await exampleProject(wrong);
  const found = complaintsAbout(await own.run(wrong));
  await own.remove();
  expect(found).toEqual([expect.stringMatching(/^wrong 0: Error: no/), 'wrong 1: says 3, and it is 2']);
});
