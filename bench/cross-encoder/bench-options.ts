import { parseArgs } from 'node:util';
import type { Precision } from '@secondpass/core';
import { cpuQuota } from '@secondpass/runtime-onnx';
import { contenders } from './contenders.ts';
import { workloads } from './workloads.ts';

export const shapeNames = ['L2', 'L6', 'L12', 'bge-base', 'ettin-17m'] as const;
export type ShapeName = (typeof shapeNames)[number];

export interface BenchOptions {
  readonly quick: boolean;
  /** A quick run starts no cell after so many; with 8 it ends within ten. */
  readonly minutes: number;
  readonly shapes: readonly ShapeName[];
  readonly workloads: readonly string[];
  readonly precisions: readonly Precision[];
  /** Names of contenders, ours among them. */
  readonly against: readonly string[];
  readonly cores: number;
  readonly rounds: number;
  readonly json: string | undefined;
  /** Whether the chart and the table of docs/speed.md are written anew. */
  readonly docs: boolean;
}

/** Reads the command line. @throws Error that names the option and what it may hold */
export function readBenchOptions(): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      shapes: { type: 'string' },
      workloads: { type: 'string' },
      precisions: { type: 'string' },
      against: { type: 'string' },
      cores: { type: 'string' },
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
    },
  });
  const all = contenders.map(({ name }) => name);
  const others = choose('against', values.against, all);
  return {
    quick: values.quick,
    shapes: choose('shapes', values.shapes, shapeNames),
    workloads: choose('workloads', values.workloads, Object.keys(workloads)),
    precisions: choose('precisions', values.precisions, ['fp32', 'int8'] as const),
    against: ['ours', ...others.filter((name) => name !== 'ours')],
    cores: whole('cores', values.cores, Math.max(1, Math.min(2, Math.floor(cpuQuota())))),
    minutes: whole('minutes', values.minutes, 8),
    rounds: whole('rounds', values.rounds, values.quick ? 5 : 9),
    json: values.json,
    docs: values.docs,
  };
}

function choose<T extends string>(
  option: string,
  given: string | undefined,
  known: readonly T[],
): readonly T[] {
  if (given === undefined) return known;
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name as T));
  if (unknown !== undefined) {
    throw new Error(`--${option} has no ${JSON.stringify(unknown)}. It may list: ${known.join(', ')}.`);
  }
  return known.filter((name) => names.includes(name));
}

function whole(option: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} is ${given}. Use an integer from 1.`);
  return value;
}
