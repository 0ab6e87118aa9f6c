import { describe, expect, test } from '@jest/globals';
import { errorOf } from '../../service-client/test/error-of.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { relevanceOf } from '../src/score-scale.ts';

const open = (options: object) => remoteReranker(options as RemoteRerankerOptions);
const sound = { service: 'cohere', model: 'rerank-v4.0-pro' };

describe('unsound options are refused, and the key is never shown', () => {
  test.each<[string, object, RegExp]>([
    ['no service', {}, /service is missing\. Use one of cohere, jina, voyage, tei/],
    ['another service', { service: 'openai' }, /service is "openai"\. Use one of/],
    ['no model', { service: 'cohere' }, /^cohere-reranker: model is missing/],
    ['no url', { service: 'tei' }, /^tei-reranker: url is missing/],
    ['no scale', { service: 'elasticsearch', url: 'http://es', model: 'm' }, /scale is missing/],
    ['no directory', { service: 'kserve', url: 'http://t', model: 'm' }, /directory is missing/],
    ['an unknown key', { ...sound, topK: 3 }, /topK is not an option\. Use service, name/],
    ['a key in the URL', { ...sound, url: 'https://a:s3cr3t@b/v2' }, /Use an http or https URL without/],
    ['a query in the URL', { ...sound, url: 'https://b/v2?key=s3cr3t' }, /url is not usable/],
    ['another protocol', { ...sound, url: 'ftp://b' }, /url is not usable/],
    ['no tries at all', { ...sound, retries: -1 }, /retries is -1\. Use an integer from 0 to 20/],
    ['no documents', { ...sound, maxDocuments: 0 }, /maxDocuments is 0/],
    ['another scale', { ...sound, scale: 'distance' }, /scale is "distance"\. Use one of probability, logit/],
    ['two keys', { ...sound, apiKey: 's3cr3t', apiKeyVariable: 'CO' }, /both given\. Keep one/],
    [
      'an unset variable',
      { ...sound, apiKeyVariable: 'NO_SUCH_VARIABLE' },
      /NO_SUCH_VARIABLE, which is not set/,
    ],
    ['a key that is two lines', { ...sound, apiKey: 's3cr3t\nx: y' }, /The key holds characters that HTTP/],
    ['a header that is two lines', { ...sound, headers: { a: 's3cr3t\nx' } }, /headers\.a holds characters/],
  ])('%s', async (_, options, words) => {
    const error = await errorOf(open(options));
    expect(error.code).toBe('invalid-options');
    expect(error.message).toMatch(words);
    expect(`${error.stack} ${error.cause}`).not.toContain('s3cr3t');
  });
});

test('the name is the service and the model, or the host, unless another one is given', async () => {
  const names = [
    sound,
    { service: 'tei', url: 'http://localhost:8080' },
    { service: 'vllm', url: 'http://h/v1', model: 'bge' },
    { ...sound, name: 'ours' },
  ].map(async (options) => (await open(options)).name);
  expect(await Promise.all(names)).toEqual([
    'cohere:rerank-v4.0-pro',
    'tei:localhost:8080',
    'vllm:bge',
    'ours',
  ]);
});

describe('a fingerprint', () => {
  const of = async (options: object) => (await open({ ...sound, ...options })).fingerprint;

  test('is absent unless a version is stated', async () => {
    expect(await of({})).toBeUndefined();
    expect(await of({ version: '1', listwise: true })).toBeUndefined();
    expect(await of({ version: '1' })).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with what a score depends on, and with nothing else', async () => {
    const one = await of({ version: '1' });
    const same = [
      { url: 'https://elsewhere/v2' },
      { retries: 9, concurrency: 1 },
      { apiKey: 'k' },
      { name: 'n' },
    ];
    for (const options of same) expect(await of({ version: '1', ...options })).toBe(one);
    const others = [
      { version: '2' },
      { model: 'other' },
      { scale: 'logit' },
      { body: { max_tokens_per_doc: 9 } },
    ];
    for (const options of others) expect(await of({ version: '1', ...options })).not.toBe(one);
  });
});

test('relevance lies in [0, 1], rises with the score, and keeps apart what the service kept apart', () => {
  for (const [scale, numbers] of [
    ['probability', [0, 1e-12, 0.5, 1 - 1e-12, 1, 1.000_001]],
    ['cosine', [-1, -0.3, 0, 0.3, 1]],
    ['logit', [-800, -30, -1, 0, 1, 30, 800]],
  ] as const) {
    const relevances = numbers.map((number) => relevanceOf(number, scale, 'test'));
    expect(relevances).toEqual(relevances.toSorted((a, b) => a - b));
    for (const relevance of relevances) expect(relevance >= 0 && relevance <= 1).toBe(true);
  }
  expect(() => relevanceOf(1.1, 'probability', 'test')).toThrow(
    /which is not a probability.*logit or cosine/,
  );
  expect(() => relevanceOf(-1.1, 'cosine', 'test')).toThrow(/which is not a cosine/);
});
