/**
 * Times cross-encoders against each other on this machine: the same files, the same texts, the same cores, in
 * interleaved rounds. How, and what came out: docs/speed.md.
 *
 *     npm run bench:cross-encoder -- [--quick [--minutes 8]] [--shapes L2,L6,L12,bge-base,ettin-17m] [--workloads W1,W2,W3,W4]
 *         [--precisions fp32,int8] [--against transformers.js-32,…] [--cores 2] [--rounds 9] [--json FILE] [--docs]
 */
import { writeFileSync } from 'node:fs';
import { readBenchOptions } from './cross-encoder/bench-options.ts';
import { calibrateShapes } from './cross-encoder/calibrate-shapes.ts';
import { contenders } from './cross-encoder/contenders.ts';
import { generateFiles } from './cross-encoder/generated-files.ts';
import { measureAll } from './cross-encoder/measure-all.ts';
import { installPeerPackages } from './cross-encoder/peer-packages.ts';
import { rowsTable, targetsTable } from './cross-encoder/report-table.ts';
import { writeSpeedPage } from './cross-encoder/speed-page.ts';

const options = readBenchOptions();
const packages = installPeerPackages(options.against.includes('infinity'));
// The generator is Python too; files from an earlier run do without it.
generateFiles('executable' in packages.python ? packages.python.executable : 'python3', options.shapes);
if (options.precisions.includes('int8')) await calibrateShapes(options.shapes);

const chosen = contenders.filter(({ name }) => options.against.includes(name));
const report = await measureAll(options, chosen, packages, (line) => console.error(line));

console.log(`\n${rowsTable(report.rows)}\n\n${targetsTable(report.targets)}\n`);
for (const { what, reason } of report.notRun) console.log(`not run: ${what}: ${reason}`);
console.log(
  `${report.machine.processor}, ${report.machine.instructionSets.join(' ')}, ${report.cores} cores used`,
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
if (options.docs) writeSpeedPage(report);
