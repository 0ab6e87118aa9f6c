import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { checkCrossEncoderOptions } from '../../../src/models/cross-encoder/cross-encoder-options.ts';
import { longPassagePolicies } from '../../../src/models/cross-encoder/long-passages.ts';
import { modelManifestSchema } from '../../../src/models/model-directory/model-manifest.ts';
import { promptTemplateNames } from '../../../src/models/model-directory/prompt-template.ts';
import { scoreScalings } from '../../../src/retrieval/ranking/rank-options.ts';
import { familyGoldens } from './family-goldens.ts';

const page = (name: string) => readFileSync(new URL(`../../../../../docs/${name}`, import.meta.url), 'utf8');
const text = page('cross-encoders.md');
const models = page('models.md');
const firstColumn = [...`${text}\n${models}`.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);

test('every manifest example in docs/models.md is one', () => {
  const examples = [...models.matchAll(/```json\n(.*?)```/gs)];
  expect(examples).toHaveLength(2);
  for (const [, json] of examples) modelManifestSchema.parse(JSON.parse(json!));
});

test('the tables of both pages name every field, prompt, policy and normalization', () => {
  const fields = [
    'scale',
    'relevantLabel',
    'activation',
    'maxTokens',
    'template',
    'instruction',
    'paddingSide',
  ];
  expect(Object.keys(modelManifestSchema.shape)).toEqual(expect.arrayContaining(fields));
  const names = [...fields, ...promptTemplateNames, ...longPassagePolicies, ...scoreScalings];
  expect(firstColumn).toEqual(expect.arrayContaining(names));
});

test('the defaults in docs/cross-encoders.md are the defaults', () => {
  const defaults = checkCrossEncoderOptions({}, 'docs');
  for (const name of ['chunkOverlap', 'maxChunks', 'topChunks', 'maxQueryShare'] as const) {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\`[^|]*\\| ${defaults[name]} \\|`, 'm'));
  }
  expect(text).toContain(`\`${defaults.longPassages}\` (default)`);
});

test('docs/models.md names every tiny model', () => {
  for (const name of Object.keys(familyGoldens.families)) expect(models).toContain(`\`${name}\``);
});
