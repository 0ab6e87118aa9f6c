import type { Precision } from '@secondpass/core';
import type { BenchOptions, ShapeName } from './bench-options.ts';

/** What is measured together, in interleaved rounds. */
export interface Cell {
  readonly shape: ShapeName;
  readonly workload: string;
  readonly precision: Precision;
  readonly passages: number;
}

/** How far a full run cuts the 100 passages of a cell that would take minutes a round. */
function passagesOf({ quick }: BenchOptions, shape: ShapeName, workload: string): number {
  if (shape === 'bge-base') return workload === 'W3' ? 8 : quick ? 16 : 50;
  if (workload === 'W3') return shape === 'L2' ? 50 : quick ? 10 : 25;
  return workload === 'W4' && quick ? 40 : 100;
}

/**
 * Cells in the order of their importance, so that a run that ends early has the ones that targets speak of. Shapes that
 * follow each other share the loaded models. A quick run begins with W1 of every shape, and ends when its time is over.
 */
export function planCells(options: BenchOptions): Cell[] {
  const order: readonly ShapeName[] = ['L6', 'L2', 'L12', 'bge-base', 'ettin-17m'];
  const shapes = order.filter((shape) => options.shapes.includes(shape));
  const cells = shapes.flatMap((shape) =>
    options.precisions.flatMap((precision) =>
      options.workloads.map((workload) => ({
        shape,
        workload,
        precision,
        passages: passagesOf(options, shape, workload),
      })),
    ),
  );
  if (!options.quick) return cells;
  const first = cells.filter(({ workload }) => workload === 'W1');
  const restOf = (wanted: ShapeName) =>
    cells.filter(({ shape, workload }) => workload !== 'W1' && shape === wanted);
  return [...first, ...(['L2', 'L6', 'ettin-17m', 'L12', 'bge-base'] as const).flatMap(restOf)];
}
