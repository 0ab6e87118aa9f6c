import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  quantizeTokens,
  type TokenVectors,
  tokenVectorsFromBytes,
  tokenVectorsToBytes,
} from '../../core/src/retrieval/seams/token-vectors.ts';
import { EventLoopTurns } from '../src/event-loop-turns.ts';
import { maxSim, prepareMaxSim } from '../src/max-sim.ts';

const vectorsOf = (dimensions: number, values: Float32Array, tokensCut = 0): TokenVectors => ({
  dimensions,
  values,
  scale: 1,
  tokensCut,
});

/** Two lists of token vectors with the same dimensions. */
const two = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }))
  .chain(([dimensions, queryTokens, passageTokens]) => {
    const list = (tokens: number) =>
      fc
        .float32Array({
          minLength: tokens * dimensions,
          maxLength: tokens * dimensions,
          min: -1,
          max: 1,
          noNaN: true,
        })
        .map((values) => vectorsOf(dimensions, values));
    return fc.tuple(list(queryTokens), list(passageTokens));
  });

function rowsOf({ values, dimensions, scale }: TokenVectors): number[][] {
  return Array.from({ length: values.length / dimensions }, (_, row) =>
    [...values.subarray(row * dimensions, (row + 1) * dimensions)].map((value) => value * scale),
  );
}

function plainMaxSim(query: TokenVectors, passage: TokenVectors): number {
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  const best = rowsOf(query).map((q) => Math.max(...rowsOf(passage).map((p) => dot(q, p))));
  return best.reduce((sum, value) => sum + value, 0);
}

const score = (query: TokenVectors, passage: TokenVectors) =>
  maxSim(prepareMaxSim(query), passage, new EventLoopTurns());

describe('maxSim', () => {
  test('is the plain sum of maxima, for any counts of tokens and dimensions', async () => {
    await fc.assert(
      fc.asyncProperty(two, async ([query, passage]) => {
        expect(Math.abs((await score(query, passage)) - plainMaxSim(query, passage))).toBeLessThan(1e-9);
        const quantized = quantizeTokens(passage);
        expect(Math.abs((await score(query, quantized)) - plainMaxSim(query, quantized))).toBeLessThan(1e-9);
      }),
    );
  });

  test('of a passage in several stretches is that of the passage in one', async () => {
    const random = (length: number) => Float32Array.from({ length }, (_, at) => Math.sin(at * 12.9898));
    const query = vectorsOf(128, random(32 * 128));
    const passage = vectorsOf(128, random(1201 * 128));
    expect(await score(query, passage)).toBeCloseTo(plainMaxSim(query, passage), 8);
  });

  test('lets the event loop turn: 100 passages of 180 tokens do not hold it up', async () => {
    const query = prepareMaxSim(vectorsOf(128, new Float32Array(32 * 128).fill(0.1)));
    const passage = vectorsOf(128, new Float32Array(180 * 128).fill(0.1));
    const turns = new EventLoopTurns();
    let ticks = 0;
    const ticker = setInterval(() => {
      ticks += 1;
    }, 1);
    for (let index = 0; index < 100; index += 1) await maxSim(query, passage, turns);
    clearInterval(ticker);
    expect(ticks).toBeGreaterThan(3);
  });

  test('stops when told to', async () => {
    const controller = new AbortController();
    const turns = new EventLoopTurns(controller.signal);
    const query = prepareMaxSim(vectorsOf(128, new Float32Array(32 * 128)));
    const passage = vectorsOf(128, new Float32Array(20_000 * 128));
    const scoring = maxSim(query, passage, turns);
    controller.abort(new Error('enough'));
    await expect(scoring).rejects.toThrow('enough');
  });
});

describe('token vectors as bytes', () => {
  test('come back as they went, from anywhere in a buffer', () => {
    fc.assert(
      fc.property(two, fc.nat(1000), fc.boolean(), fc.nat(5), ([vectors], tokensCut, int8, offset) => {
        const before = int8 ? quantizeTokens({ ...vectors, tokensCut }) : { ...vectors, tokensCut };
        const bytes = tokenVectorsToBytes(before);
        const inside = new Uint8Array(bytes.length + offset);
        inside.set(bytes, offset);
        const after = tokenVectorsFromBytes(inside.subarray(offset), 'test');
        expect(after).toEqual({ ...before, scale: Math.fround(before.scale) });
      }),
    );
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['another format', Uint8Array.from({ length: 40 }, () => 9)],
    ['half a vector', tokenVectorsToBytes(vectorsOf(4, new Float32Array(8))).subarray(0, 40)],
  ])('%s is refused', (_, bytes) => {
    expect(() => tokenVectorsFromBytes(bytes, 'a column')).toThrow('not token vectors');
  });
});
