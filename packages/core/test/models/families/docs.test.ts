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
const firstColumn = [...text.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);

test('every manifest example in docs/cross-encoders.md is one', () => {
  const examples = [...text.matchAll(/```json\n(.*?)```/gs)];
  expect(examples).toHaveLength(2);
  for (const [, json] of examples) modelManifestSchema.parse(JSON.parse(json!));
});

test('its tables name every field, prompt, policy and normalization', () => {
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

test('its defaults are the defaults', () => {
  const defaults = checkCrossEncoderOptions({}, 'docs');
  for (const name of ['chunkOverlap', 'maxChunks', 'topChunks', 'maxQueryShare'] as const) {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\`[^|]*\\| ${defaults[name]} \\|`, 'm'));
  }
  expect(text).toContain(`\`${defaults.longPassages}\` (default)`);
});

test('docs/models.md names every tiny model', () => {
  for (const name of Object.keys(familyGoldens.families)) expect(page('models.md')).toContain(`\`${name}\``);
});
