import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import { inProcessJson } from '../../src/tokenizer/in-process-json.ts';
import { ignoreOthers, tokenizerProcesses } from './separate-processes.ts';

beforeAll(ignoreOthers);

const bundled = (name: string) => fileURLToPath(new URL(`../../../models/models/${name}`, import.meta.url));
const tinyBert = fileURLToPath(new URL('../../../core/test/models/goldens/tiny-bert', import.meta.url));
const read = (directory: string) => JSON.parse(readFileSync(join(directory, 'tokenizer.json'), 'utf8'));
const bert = read(tinyBert);
const { model, post_processor, added_tokens } = bert;

test.each(['small', 'nano', 'bi-encoder'])('the bundled %s needs no process', async (name) => {
  const tokenizer = await onnxRuntime.openTokenizer(bundled(name));
  expect(await tokenizer.encode(['a bridge'])).toHaveLength(1);
  expect(tokenizerProcesses()).toEqual([]);
});

test("BERT's pipeline is handed on, without what the ids do not need", () => {
  const hostile = { Regex: '(a+)+$' };
  const decoder = { type: 'Replace', pattern: hostile, content: '' };
  const checked = inProcessJson(JSON.stringify({ ...bert, decoder, surprise: hostile }))!;
  const json = JSON.parse(checked.text);
  expect(checked.json).toEqual(json);
  expect(json).toEqual({ ...bert, decoder: null, truncation: null, padding: null });
});

const token = { ...added_tokens[0] };
const template = (change: object) => ({ post_processor: { ...post_processor, ...change } });
test.each<[what: string, change: object]>([
  ['a regular expression', { pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' } } }],
  [
    'a normalizer that replaces',
    { normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'aa' } },
  ],
  ['an option of the future', { normalizer: { ...bert.normalizer, keep_emoji: true } }],
  ['a pre-tokenizer of another kind', { pre_tokenizer: { type: 'Whitespace' } }],
  ['a model of another kind', { model: { ...model, type: 'WordLevel' } }],
  ['words as long as texts, in cubic time', { model: { ...model, max_input_chars_per_word: 100_000 } }],
  ['a prefix that is long', { model: { ...model, continuing_subword_prefix: '#'.repeat(100_000) } }],
  ['an unknown token that is none', { model: { ...model, unk_token: '[NONE]' } }],
  ['an id below zero', { model: { ...model, vocab: { ...model.vocab, bread: -1 } } }],
  ['an id that is no number', { model: { ...model, vocab: { ...model.vocab, bread: '7' } } }],
  ['a token that is long', { added_tokens: [{ ...token, content: 'a'.repeat(1000) }] }],
  ['a token of no length', { added_tokens: [{ ...token, content: '' }] }],
  ['a template with a token that it does not state', template({ special_tokens: {} })],
  ['a template of one text with two', template({ single: post_processor.pair })],
  ['a template of a pair with one text', template({ pair: post_processor.single })],
  ['a chain of post-processors', { post_processor: { type: 'Sequence', processors: [post_processor] } }],
])('%s is read in a process of its own', (_, change) => {
  expect(inProcessJson(JSON.stringify(bert))).toBeDefined();
  expect(inProcessJson(JSON.stringify({ ...bert, ...change }))).toBeUndefined();
});
