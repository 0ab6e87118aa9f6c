import { createHash } from 'node:crypto';
import type { Embedder } from '@secondpass/core';
import { shuffled } from '../cross-encoder/seeded-random.ts';
import { seededRandom } from '../engines/vectors.ts';

export const dimensions = 384;

/** Passages of a topic lie around its center, about as far from it as centers lie from zero. */
const topics = 2000;
/**
 * Centers vary in many directions, the passages of a topic in fewer: by each so many directions the variance falls by e. Chosen so
 * that 8,000 vectors are as near to each other, and lose as much in binary form, as those of the bundled bi-encoder on Wikipedia.
 */
const fall = { centers: 150, passages: 30 };
/** A Walsh-Hadamard transform takes a power of two; three of them are a vector. */
const block = 128;

/**
 * An embedder whose vectors depend on the text's digest only: around centers of topics, of which a few have many passages
 * (Zipf), with more variance in some directions than in others. Queries come from the same topics.
 */
export function madeUpEmbedder(): Embedder {
  const uniform = seededRandom(20261129);
  const random = gaussians(uniform, seededRandom(1));
  const [ofCenters, ofPassages] = [deviations(fall.centers), deviations(fall.passages)];
  const centers = Array.from({ length: topics }, () => Float32Array.from({ length: dimensions }, random));
  const rotations = [1, 2].map(() => ({
    signs: Array.from({ length: dimensions }, () => (uniform() < 0.5 ? -1 : 1)),
    order: shuffled(
      Array.from({ length: dimensions }, (_, index) => index),
      uniform,
    ),
  }));

  function vectorOf(text: string): Float32Array {
    const digest = createHash('sha256').update(text).digest();
    const center = centers[Math.floor(topics ** (digest.readUInt32LE(0) / 2 ** 32)) - 1]!;
    const noise = gaussians(seededRandom(digest.readUInt32LE(4)), seededRandom(digest.readUInt32LE(8)));
    let vector = new Float32Array(dimensions);
    for (let place = 0; place < dimensions; place += 1) {
      vector[place] = ofCenters[place]! * center[place]! + ofPassages[place]! * noise();
    }
    // So that the directions with much variance are not single numbers, which every quantization would have an easy time with.
    for (const { signs, order } of rotations) {
      const turned = new Float32Array(dimensions);
      for (let place = 0; place < dimensions; place += 1)
        turned[place] = vector[order[place]!]! * signs[place]!;
      for (let start = 0; start < dimensions; start += block)
        walshHadamard(turned.subarray(start, start + block));
      vector = turned;
    }
    return unit(vector);
  }

  return {
    name: 'made-up',
    fingerprint: `made-up ${topics} ${fall.centers} ${fall.passages}`,
    dimensions,
    embed: async ({ texts }) => texts.map(vectorOf),
  };
}

/** Standard deviations whose squares fall by e with each so many directions, and sum to one. */
function deviations(directions: number): Float64Array {
  const variances = Float64Array.from({ length: dimensions }, (_, index) => Math.exp(-index / directions));
  const sum = variances.reduce((total, variance) => total + variance);
  return variances.map((variance) => Math.sqrt(variance / sum));
}

/** An orthogonal transform in place, but for its length, which the caller makes one. */
function walshHadamard(values: Float32Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let place = start; place < start + half; place += 1) {
        const [a, b] = [values[place]!, values[place + half]!];
        values[place] = a + b;
        values[place + half] = a - b;
      }
    }
  }
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

/** Normal numbers by Box and Muller (1958), from two streams, so that 64 bits of seed decide them. */
function gaussians(first: () => number, second: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - first())) * Math.cos(2 * Math.PI * second());
}
