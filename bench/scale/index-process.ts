/**
 * Indexes made-up passages through `indexDocuments`, in a process of its own, so that its memory is that of indexing and it can
 * be killed. Tells how far it is, a line of JSON each time.
 *
 *     node bench/scale/index-process.ts LAYOUT URL TABLE PASSAGES
 */
import { readFileSync } from 'node:fs';
import { indexDocuments } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { layouts, openLayout } from './layouts.ts';
import { madeUpEmbedder } from './made-up-embedder.ts';
import { madeUpPassages } from './made-up-passages.ts';

const [layout, url, table, passages] = process.argv.slice(2) as [string, string, string, string];
const texts = await MadeUpTexts.open(modelDirectory('small'));
const started = performance.now();
let stored: number | undefined;
const tell = (progress: { readonly done: number; readonly written: number; readonly unchanged: number }) => {
  if (progress.done === Number(passages)) stored ??= (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage();
  const line = {
    ...progress,
    seconds: (performance.now() - started) / 1000,
    storedAfter: stored,
    coreSeconds: (user + system) / 1e6,
    peakResidentMB: peakResidentMB(),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const opened = await openLayout(layouts[layout]!, url, table);
const done = await indexDocuments({
  documents: madeUpPassages(Number(passages), texts),
  embedder: madeUpEmbedder(),
  writer: opened.writer,
  batchSize: 500,
  onProgress: tell,
});
tell(done);
await opened.close();

/** The most memory that this process ever held, as the kernel counts it. */
function peakResidentMB(): number {
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024);
}
