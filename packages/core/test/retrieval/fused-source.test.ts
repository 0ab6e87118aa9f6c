import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { embeddingSource, fusedSource } from '../../src/entries/sources.ts';
import { type Candidate, type CandidateSource, type Degradation, RetrievalError } from '../../src/index.ts';
import { candidateSourceContract, corpus, inMemorySource } from '../../src/testing/index.ts';

const request = { query: { text: 'q' }, depth: 10 };

const candidatesOf = (ids: readonly string[]): Candidate[] =>
  ids.map((id, index) => ({ id, text: `text of ${id}`, score: -index, rank: index + 1 }));

const answering = (
  name: string,
  ids: readonly string[],
  input: 'text' | 'vector' = 'vector',
): CandidateSource => ({ name, input, search: async ({ depth }) => candidatesOf(ids).slice(0, depth) });

const failing = (name: string, error: unknown): CandidateSource => ({
  name,
  input: 'text',
  search: () => Promise.reject(error),
});

/** Never answers, whatever its signal says; keeps the signal. */
const hanging = (name: string) => {
  const seen: AbortSignal[] = [];
  const source: CandidateSource = {
    name,
    input: 'text',
    search: ({ signal }) => {
      seen.push(signal!);
      return new Promise(() => {});
    },
  };
  return { source, seen };
};

const down = (name: string) =>
  new RetrievalError({
    code: 'source-unreachable',
    origin: name,
    problem: 'Nobody answers to "q".',
    nextStep: 'Start it.',
  });

const heard = () => {
  const told: Degradation[] = [];
  return { told, onDegraded: (degradation: Degradation) => void told.push(degradation) };
};

describe('all of several sources', () => {
  test('are asked, and the whole is hybrid as soon as one reads vectors', async () => {
    const sources = [answering('dense', ['a', 'b']), answering('lexical', ['b'], 'text')];
    const source = fusedSource({ sources });
    expect(source).toMatchObject({ name: 'dense+lexical', input: 'hybrid' });
    expect((await source.search({ ...request, depth: 2 })).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('get filter and tenant, and are stopped when one fails', async () => {
    const seen: unknown[] = [];
    const { source: waiting, seen: signals } = hanging('waiting');
    const noting: CandidateSource = {
      ...waiting,
      search: (asked) => {
        seen.push(asked.filter, asked.tenant);
        return waiting.search(asked);
      },
    };
    const source = fusedSource({ sources: [noting, failing('failing', down('failing'))] });
    const filter = { field: 'lang', eq: 'en' };
    await expect(source.search({ ...request, filter, tenant: 'acme' })).rejects.toMatchObject({
      code: 'source-unreachable',
      origin: 'waiting+failing',
      problem: 'failing: Nobody answers to "q".',
    });
    expect(signals[0]!.aborted).toBe(true);
    expect(seen).toEqual([filter, 'acme']);
  });
});

describe('some of several sources', () => {
  test('a late one is aborted and named, and what the others found is the answer', async () => {
    const { source: hung, seen } = hanging('hung');
    const { told, onDegraded } = heard();
    const source = fusedSource({
      sources: [{ source: hung, timeoutMs: 20 }, answering('a', ['1', '2']), failing('b', down('b'))],
      minimumSources: 1,
    });
    const found = await source.search({ ...request, onDegraded });
    expect(found.map(({ id }) => id)).toEqual(['1', '2']);
    expect(seen[0]!.aborted).toBe(true);
    expect(told).toEqual([
      {
        stage: 'search',
        reason: 'hung+a+b: 1 of 3 sources answered: b failed (source-unreachable); hung was late.',
      },
    ]);
  });

  test('too few are an error with every cause, without waiting for those that no longer matter', async () => {
    const { source: hung, seen } = hanging('hung');
    const source = fusedSource({
      sources: [hung, failing('a', down('a')), failing('b', new TypeError('no'))],
      minimumSources: 2,
    });
    const error = await source.search(request).catch((reason: unknown) => reason as RetrievalError);
    expect(error).toMatchObject({ code: 'source-failed', origin: 'hung+a+b' });
    expect((error as RetrievalError).problem).toBe(
      'a failed (source-unreachable); b failed (TypeError): too few sources are left.',
    );
    expect(((error as RetrievalError).cause as AggregateError).errors).toHaveLength(2);
    expect(seen[0]!.aborted).toBe(true);
  });

  test('a required one fails the whole, and so does a mistake of the caller', async () => {
    const members = [answering('a', ['1']), answering('b', ['2'])];
    const required = fusedSource({
      sources: [...members, { source: failing('c', down('c')), required: true }],
      minimumSources: 1,
    });
    await expect(required.search(request)).rejects.toMatchObject({ code: 'source-unreachable' });
    const mistake = new RetrievalError({
      code: 'dimension-mismatch',
      origin: 'c',
      problem: 'The vector has 3 numbers.',
      nextStep: 'Embed with the model of the index.',
    });
    const mistaken = fusedSource({ sources: [...members, failing('c', mistake)], minimumSources: 1 });
    await expect(mistaken.search(request)).rejects.toMatchObject({ code: 'dimension-mismatch' });
    const filter = { field: 'lang' };
    const asked = fusedSource({ sources: members, minimumSources: 1 }).search({ ...request, filter });
    await expect(asked).rejects.toMatchObject({ code: 'invalid-filter', origin: 'a+b' });
  });

  test('an abort rejects with its reason although a source does not listen', async () => {
    const controller = new AbortController();
    const source = fusedSource({ sources: [hanging('hung').source, answering('a', [])], minimumSources: 1 });
    const { told, onDegraded } = heard();
    const asked = source.search({ ...request, signal: controller.signal, onDegraded });
    controller.abort('gone');
    await expect(asked).rejects.toBe('gone');
    expect(told).toEqual([]);
  });

  test('whoever fails, the answer is that of the others alone, or an error when they are too few', async () => {
    const state = fc.constantFrom('answers', 'fails', 'hangs');
    await fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 2, maxLength: 5 }),
        fc.nat(),
        fc.constantFrom('rrf', 'weighted'),
        async (states, seed, method) => {
          const minimumSources = 1 + (seed % states.length);
          const sources = states.map((is, index) => {
            const name = `${index}`;
            if (is === 'hangs') return { source: hanging(name).source, timeoutMs: 5 };
            if (is === 'fails') return failing(name, down(name));
            return answering(name, [name, 'shared', `${(index + 1) % 3}`]);
          });
          const alive = states.filter((is) => is === 'answers').length;
          const { told, onDegraded } = heard();
          const asked = fusedSource({ sources, minimumSources, fusion: { method } as const }).search({
            ...request,
            onDegraded,
          });
          if (alive < minimumSources) {
            await expect(asked).rejects.toMatchObject({ name: 'RetrievalError' });
            return;
          }
          const found = await asked;
          const finders = new Set(found.flatMap(({ foundBy }) => foundBy!.map(({ source }) => source)));
          expect([...finders].sort()).toEqual(
            states.flatMap((is, index) => (is === 'answers' ? [`${index}`] : [])),
          );
          expect(told).toHaveLength(alive === states.length ? 0 : 1);
          states.forEach((is, index) => {
            const word = is === 'fails' ? 'failed' : 'was late';
            if (is !== 'answers') expect(told[0]!.reason).toContain(`${index} ${word}`);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a source of its own way', () => {
  test('is asked for its own depth, and its ids get its prefix', async () => {
    const source = fusedSource({
      sources: [
        { source: answering('a', ['1', '2', '3']), depth: 1, idPrefix: 'a/' },
        { source: answering('b', ['1', '2', '3']), depth: 2 },
      ],
    });
    expect((await source.search(request)).map(({ id }) => id)).toEqual(['1', 'a/1', '2']);
  });

  test('has its own embedder', async () => {
    const { source, writer } = inMemorySource();
    await writer.prepare({ dimensions: 4 });
    await writer.write(corpus.map((document) => ({ ...document, digest: '' })));
    await writer.finish();
    const [bread] = corpus;
    const embedder = { name: 'e', dimensions: 4, embed: async () => [bread!.vector] };
    const own = embeddingSource({ source, embedder });
    const fused = fusedSource({ sources: [own, answering('text', [], 'text')] });
    expect(fused.input).toBe('text');
    expect((await fused.search({ ...request, depth: 1 }))[0]!.id).toBe(bread!.id);
    expect(() => embeddingSource({ source: own, embedder })).toThrow('needs no embedder');
  });
});

const two = [answering('a', []), answering('b', [])];

test.each([
  [{ sources: [answering('a', [])] }, 'sources is a list of 1. Use two sources or more'],
  [{ sources: [answering('a', []), answering('a', [])] }, 'share a name'],
  [{ sources: two, fusion: { method: 'rrf', k: 0 } as const }, 'k is 0'],
  [{ sources: two, fusion: { method: 'rrf', weights: [1] } as const }, 'weights'],
  [{ sources: two, minimumSources: 3 }, 'minimumSources is 3'],
  [{ sources: two, minimumSource: 1 }, 'minimumSource is not an option. Did you mean minimumSources?'],
  [{ sources: two, minimumSources: 0 }, 'minimumSources is 0'],
  [{ sources: two, mergeBy: 'texts' as 'text' }, 'mergeBy is "texts"'],
  [{ sources: two, mergeBy: { payload: '' } }, 'mergeBy'],
  [{ sources: [{ source: two[0]!, timeoutMs: 0 }, two[1]!] }, 'sources[0].timeoutMs is 0'],
  [{ sources: [{ source: two[0]!, depth: 1.5 }, two[1]!] }, 'sources[0].depth is 1.5'],
])('refuses %#', (config, words) => {
  expect(() => fusedSource(config)).toThrow(words);
});

/** Two copies of an index, as two databases hold them. */
const openBoth: Parameters<typeof candidateSourceContract>[1]['open'] = async (options) => {
  const copies = [inMemorySource(options), inMemorySource(options)];
  const [first, second] = copies.map(({ writer }) => writer);
  const source = fusedSource({
    sources: copies.map((copy, index) => ({ ...copy.source, name: `copy ${index}` })),
    name: 'in-memory',
    minimumSources: 1,
  });
  return {
    source,
    writer: {
      ...first!,
      prepare: async (request) =>
        void (await Promise.all([first!.prepare(request), second!.prepare(request)])),
      write: async (...given) => void (await Promise.all([first!.write(...given), second!.write(...given)])),
      finish: async (...given) =>
        void (await Promise.all([first!.finish(...given), second!.finish(...given)])),
      delete: async (...given) => {
        await second!.delete(...given);
        return first!.delete(...given);
      },
    },
  };
};

describe('two copies keep the contract of one', () => {
  candidateSourceContract(test, {
    open: openBoth,
    unreachable: async () =>
      fusedSource({ sources: [failing('a', down('a')), failing('b', down('b'))], minimumSources: 1 }),
    askClient: async () => undefined,
    tenants: { wideningFilters: ['anything'] },
    fetch: true,
  });
});

test.each<[unknown, RegExp]>([
  [undefined, /sources is missing/],
  [[answering('a', []), null], /sources\[1\].source is null/],
  [[{ source: {} }, answering('a', [])], /sources\[0\].source is an object/],
])('sources that are none are refused: %j', (sources, words) => {
  const open = () => fusedSource({ sources: sources as CandidateSource[] });
  expect(open).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  expect(open).toThrow(words);
});
