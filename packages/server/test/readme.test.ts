import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadModels, type Started, startServer } from './start-server.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```sh\n(curl [^`]*?)```\n\n```json\n([^`]*?)```/g)].map(
  ([, command, answer]) => ({ command: command!, answer: answer! }),
);

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started;
beforeAll(async () => {
  models = await loadModels();
  started = await startServer({ rerankers: { small: models.small } });
});
afterAll(async () => {
  await started.server.drain();
  await models.close();
});

test('there are examples', () => {
  expect(examples).toHaveLength(5);
});

test.each(examples)('$command', async ({ command, answer }) => {
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    command.replace('http://localhost:8080', started.url),
  ]);
  expect(JSON.parse(stdout)).toEqual(matcherOf(JSON.parse(answer)));
});

/** Scores to the digits that are shown; `…` for what differs each time. */
function matcherOf(value: unknown): unknown {
  if (value === '…') return expect.any(String);
  if (typeof value === 'number' && !Number.isInteger(value)) return expect.closeTo(value, 2);
  if (Array.isArray(value)) return value.map(matcherOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, matcherOf(inner)]));
}
