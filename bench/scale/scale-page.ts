import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeDocsSection } from '../docs-section.ts';
import type { ScaleResult } from './result-file.ts';
import { scaleChart } from './scale-chart.ts';
import { callersTable, depthTable, fillingTable, recallTable } from './scale-tables.ts';

const page = 'scale.md';

/** Writes the tables and the chart of docs/scale.md. */
export function writeScalePage(result: ScaleResult): void {
  writeFileSync(fileURLToPath(new URL('../../docs/scale.svg', import.meta.url)), scaleChart(result));
  writeDocsSection(page, 'scale-filling', fillingTable(result));
  writeDocsSection(page, 'scale-recall', recallTable(result));
  writeDocsSection(page, 'scale-callers', callersTable(result));
  writeDocsSection(page, 'scale-depth', depthTable(result));
}
