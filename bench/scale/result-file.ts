import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../machine.ts';
import type { Filling } from './fill.ts';
import type { TableMeasurements } from './measure-table.ts';
import type { Size } from './server.ts';

/** What is known about one layout at one size. */
export interface ScaleRow extends Partial<TableMeasurements> {
  readonly layout: string;
  readonly passages: number;
  readonly engine: string;
  readonly bytes: Size;
  /** Absent for a table that an earlier run filled and whose row is not in the file. */
  readonly filling?: Filling;
  /** Of stage 2. */
  readonly model?: string;
  readonly machine?: Machine;
  readonly measured?: string;
}

export interface ScaleResult {
  readonly command: string;
  readonly rows: readonly ScaleRow[];
}

export function readResult(file: string): ScaleResult {
  if (!existsSync(file)) return { command: 'node bench/scale.ts', rows: [] };
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Puts the row into the file. What it does not have stays as it was, so that a table filled earlier keeps its filling. */
export function mergeRow(file: string, row: ScaleRow): void {
  const { command, rows } = readResult(file);
  const at = rows.findIndex(({ layout, passages }) => layout === row.layout && passages === row.passages);
  const merged = at < 0 ? [...rows, row] : rows.with(at, { ...rows[at]!, ...row });
  writeFileSync(file, `${JSON.stringify({ command, rows: merged }, undefined, 2)}\n`);
}
