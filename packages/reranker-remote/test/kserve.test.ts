import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { goldenTokenIds } from '../../core/test/models/golden-token-ids.ts';
import { errorOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  hang,
  json,
  type ReplayServer,
  reset,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type KserveOptions, remoteReranker } from '../src/index.ts';
import { bertMetadata, kserveAnswers } from './kserve-server.ts';

const goldensOf = (name: string) =>
  fileURLToPath(new URL(`../../core/test/models/goldens/${name}`, import.meta.url));
const goldens = JSON.parse(readFileSync(goldensOf('goldens.json'), 'utf8'));
const copies = mkdtempSync(join(tmpdir(), 'secondpass-kserve-'));
afterAll(() => rmSync(copies, { recursive: true }));

/** A model's directory without its graph, and with other words in its config. */
function directoryWith(change: object): string {
  const directory = mkdtempSync(join(copies, 'model-'));
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    cpSync(join(goldensOf('tiny-bert'), file), join(directory, file));
  }
  const config = JSON.parse(readFileSync(join(goldensOf('tiny-bert'), 'config.json'), 'utf8'));
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...config, ...change }));
  return directory;
}

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(hang);
});
afterEach(() => server.close());

const open = (options: Partial<KserveOptions> = {}) =>
  remoteReranker({
    service: 'kserve',
    url: server.url,
    model: 'ce',
    directory: goldensOf('tiny-bert'),
    ...options,
  });
const twoPassages = { query: 'bread', passages: ['flour', 'the tide and the harbour wall'] };
const atInfer =
  (answer: Answer): Answer =>
  (request, response) =>
    request.method === 'POST'
      ? answer(request, response)
      : kserveAnswers({ score: () => [0] })(request, response);

test.each([
  ['tiny-bert', 'json'],
  ['tiny-roberta', 'binary'],
] as const)(
  '%s: the token ids that Python makes are sent as %s, and the scores come back',
  async (name, tensors) => {
    const rows = goldenTokenIds(goldens[name].ids);
    const indexOf = new Map(rows.map((ids, index) => [ids.join(), index]));
    const score = (ids: readonly number[]) => {
      const rawScore = goldens[name].rawScores[indexOf.get(ids.join())!]!;
      // The second model has two labels, and its score is their difference.
      return name === 'tiny-bert' ? [rawScore] : [0, rawScore];
    };
    const metadata =
      name === 'tiny-roberta' ? { ...bertMetadata, inputs: bertMetadata.inputs.slice(0, 2) } : bertMetadata;
    server.answerWith(kserveAnswers({ score, metadata }));
    const reranker = await open({ directory: goldensOf(name), tensors });
    const byQuery = Map.groupBy(
      (goldens.pairs as [string, string][]).map(([query, passage], index) => ({ query, passage, index })),
      ({ query }) => query,
    );
    let cut = 0;
    for (const [query, pairs] of byQuery) {
      if (query.trim() === '' || pairs.some(({ passage }) => passage.trim() === '')) continue;
      const scores = await reranker.score({ query, passages: pairs.map(({ passage }) => passage) });
      for (const [position, { index }] of pairs.entries()) {
        expect(scores[position]!.rawScore).toBe(Math.fround(goldens[name].rawScores[index]));
        cut += scores[position]!.tokensCut;
      }
    }
    expect(server.seen.length).toBeGreaterThan(50);
    expect(cut).toBeGreaterThan(0);
  },
);

test('a batch is filled up to its longest pair, and no larger than the server takes', async () => {
  server.answerWith(kserveAnswers({ score: (ids) => [ids.length], maxBatch: 2 }));
  const reranker = await open();
  const { passages } = twoPassages;
  const scores = await reranker.score({ query: 'bread', passages: [...passages, 'salt'] });
  expect(scores[0]!.rawScore).toBeLessThan(scores[1]!.rawScore);
  const shapes = server.seen.flatMap(({ body }) =>
    ((body['inputs'] ?? []) as { name: string; shape: number[] }[]).map(({ name, shape }) => [
      name,
      ...shape,
    ]),
  );
  const longest = scores[1]!.rawScore;
  expect(shapes).toContainEqual(['token_type_ids', 2, longest]);
  expect(shapes.map(([, pairs]) => pairs)).toEqual([2, 2, 2, 1, 1, 1]);
});

test('two numbers per pair are read as the model files say', async () => {
  server.answerWith(kserveAnswers({ score: (ids) => [1, ids.length] }));
  const yes = await open({ directory: directoryWith({ id2label: { 0: 'no', 1: 'yes' } }) });
  const [first] = await yes.score(twoPassages);
  server.answerWith(kserveAnswers({ score: (ids) => [ids.length, 1] }));
  const no = await open({ directory: directoryWith({ id2label: { 0: 'relevant', 1: 'not' } }) });
  const [second] = await no.score(twoPassages);
  expect(first!.rawScore).toBeGreaterThan(1);
  expect(second).toEqual(first);
});

test.each([{ inputs: [], outputs: [] }, {}])(
  'a server that does not name the tensors gets the usual ones: %j',
  async (metadata) => {
    server.answerWith(kserveAnswers({ score: (ids, typeIds) => [ids.length + typeIds.at(-1)!], metadata }));
    for (const tensors of ['json', 'binary'] as const) {
      const scores = await (await open({ tensors })).score(twoPassages);
      expect(scores).toHaveLength(2);
    }
  },
);

describe('what cannot be used is refused', () => {
  const output = (more: object): Answer =>
    atInfer(json({ outputs: [{ name: 'logits', datatype: 'FP32', shape: [2, 1], data: [1, 2], ...more }] }));
  test.each<[string, Answer, RegExp]>([
    ['another shape', output({ shape: [2, 3] }), /the tensor logits has the shape \[2, 3\], not \[2, 1\]/],
    ['fewer rows', output({ shape: [1, 1], data: [1] }), /has the shape \[1, 1\]/],
    ['fewer numbers', output({ data: [1] }), /does not hold 2 numbers/],
    ['text for numbers', output({ data: ['1', '2'] }), /does not hold 2 numbers/],
    ['another tensor', output({ name: 'hidden' }), /holds 1 tensors, and logits was expected/],
    ['no tensors', atInfer(json({ model_name: 'ce' })), /outputs has the wrong form/],
    [
      'a header longer than the answer',
      atInfer(json({}, 200, { 'inference-header-content-length': '900' })),
      /shorter than its header says/,
    ],
    [
      'numbers of half precision',
      atInfer((_, response) => {
        const header = JSON.stringify({
          outputs: [{ name: 'logits', datatype: 'FP16', shape: [2, 1], parameters: { binary_data_size: 4 } }],
        });
        response.writeHead(200, { 'inference-header-content-length': String(header.length) });
        response.end(Buffer.concat([Buffer.from(header), Buffer.alloc(4)]));
      }),
      /its numbers are FP16, not FP32 or FP64/,
    ],
  ])('%s', async (_, answer, words) => {
    server.answerWith(answer);
    const error = await errorOf((await open()).score(twoPassages));
    expect(error.code).toBe('model-output-invalid');
    expect(error.message).toMatch(words);
  });

  test.each<[string, object, RegExp]>([
    [
      'a tensor that a tokenizer does not produce',
      { ...bertMetadata, inputs: [{ name: 'pixels', datatype: 'FP32' }] },
      /reads the tensor pixels/,
    ],
    [
      'ids as text',
      { ...bertMetadata, inputs: [{ name: 'input_ids', datatype: 'BYTES' }] },
      /has the type BYTES/,
    ],
    [
      'several outputs of which none is known',
      { ...bertMetadata, outputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32' })) },
      /answers a, b, and none of them is logits or scores or output/,
    ],
  ])('%s', async (_, metadata, words) => {
    server.answerWith(kserveAnswers({ score: () => [0], metadata }));
    const error = await errorOf(open());
    expect(error.code).toBe('model-unsupported');
    expect(error.message).toMatch(words);
  });

  test('a model that the server does not have', async () => {
    server.answerWith(json({ error: 'Model ce not found' }, 404));
    const error = await errorOf(open());
    expect(error.message).toMatch(/answered 404: Model ce not found\. Check url, and that the service has/);
  });

  test.each<[string, () => string, string, RegExp]>([
    ['no tokenizer', () => copies, 'model-not-found', /There is no config\.json/],
    [
      'not a cross-encoder',
      () => directoryWith({ architectures: ['BertModel'] }),
      'model-unsupported',
      /has no head that scores a pair/,
    ],
  ])('a directory with %s', async (_, directory, code, words) => {
    const error = await errorOf(open({ directory: directory() }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
});

test('opening ends with its signal', async () => {
  const controller = new AbortController();
  const opening = remoteReranker(
    { service: 'kserve', url: server.url, model: 'ce', directory: goldensOf('tiny-bert') },
    controller.signal,
  );
  while (server.open() === 0) await new Promise(setImmediate);
  controller.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
});

test('opening tries again where a balancer has lost an instance, and still learns the largest batch', async () => {
  const whole = kserveAnswers({ score: () => [0], maxBatch: 1 });
  const gone: Answer = (_, response) => {
    response.writeHead(502).end('<html>Bad Gateway</html>');
  };
  server.answerWith(reset, whole, gone, whole);
  const reranker = await open();
  await reranker.score(twoPassages);
  const asked = server.seen.map(({ method, path }) => `${method} ${path}`);
  expect(asked).toEqual([
    ...['GET /v2/models/ce', 'GET /v2/models/ce', 'GET /v2/models/ce/config', 'GET /v2/models/ce/config'],
    ...['POST /v2/models/ce/infer', 'POST /v2/models/ce/infer'],
  ]);
});

test('opening fails as requests do where nothing answers', async () => {
  server.answerWith(json({ error: 'no instance' }, 503));
  const error = await errorOf(open({ retries: 1 }));
  expect(error.code).toBe('reranker-unreachable');
  expect(server.seen).toHaveLength(2);
});
