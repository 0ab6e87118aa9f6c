import { type Document, type DocumentReader, indexDocuments } from '@secondpass/core';
import {
  type PrecomputedCrossEncoder,
  precomputePassages,
  prunePassages,
} from '@secondpass/precomputed-passages';
import { openSource } from '../adapters/open-source.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
import { type Corpus, describeLeftOut } from '../corpus/corpus.ts';
import { openCorpus } from '../corpus/open-corpus.ts';
import { count } from '../output/count.ts';
import { startProgress } from '../output/progress.ts';
import { closeAll, openAll, openEmbedder, storesToFill } from '../pipeline.ts';

export interface IndexFlags {
  readonly config: string;
  readonly corpus: string;
}

/**
 * `secondpass index`: embeds a corpus and writes it to the configured source; then fills the stores of rerankers with
 * precomputed passages, and deletes from a store in a table what is gone from the source.
 */
export async function indexCorpus(flags: IndexFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const started = performance.now();
  const config = await readConfigFile(flags.config, context);
  terminal.say(`Reading ${flags.corpus} …`);
  const corpus = await openCorpus(flags.corpus, signal);
  const { empty } = corpus;
  if (empty) {
    const what = `${count(empty.count, 'document')} ${empty.count === 1 ? 'has' : 'have'}`;
    terminal.say(
      `warning: ${what} no text (line ${empty.firstLine} first) and ${empty.count === 1 ? 'is' : 'are'} left out.`,
    );
  }
  const leftOut = describeLeftOut(corpus);
  if (leftOut) terminal.say(leftOut);
  const stores = storesToFill(config);
  const opened = await openAll([
    () => openSource(config),
    () => openEmbedder(config),
    ...stores.map(({ open }) => open),
  ]);
  const [{ writer, reader }, embedder, ...crossEncoders] = opened;
  try {
    // Before the progress bar starts: this refuses a table that another program filled.
    await writer.prepare({ dimensions: embedder.dimensions, signal });
    const total = corpus.size;
    const progress = startProgress(terminal, `Embedding ${count(total, 'document')}`, total);
    const { written, unchanged } = await indexDocuments({
      documents: corpus.documents(),
      embedder,
      writer,
      batchSize: 64,
      onProgress: ({ done }) => progress.update(done),
      signal,
    }).finally(() => progress.end());
    const precomputed: Filled[] = [];
    for (const [index, crossEncoder] of crossEncoders.entries()) {
      const filled = await fillStore(crossEncoder, corpus, context);
      if (!stores[index]!.inStep) precomputed.push(filled);
      else {
        const documents = documentsOf(reader, signal);
        const { deleted } = await prunePassages({ crossEncoder, documents, signal });
        precomputed.push({ ...filled, deleted });
      }
    }
    const seconds = Math.round(performance.now() - started) / 1_000;
    if (terminal.json) {
      const kept = precomputed.length > 0 && { precomputed };
      const left = empty && { empty: empty.count };
      return terminal.answerJson({ source: writer.name, written, unchanged, ...left, ...kept, seconds });
    }
    for (const { model, stored, unchanged, deleted = 0 } of precomputed) {
      const gone = deleted > 0 ? `, ${deleted.toLocaleString('en')} deleted` : '';
      terminal.answer(`${counted(model, stored, unchanged)}${gone}`);
    }
    terminal.answer(`${counted(writer.name, written, unchanged)}, ${seconds.toFixed(1)} s`);
    terminal.say(`Next: secondpass search --config ${flags.config} --query "…"`);
  } finally {
    await closeAll(opened);
  }
}

interface Filled {
  readonly model: string;
  readonly stored: number;
  readonly unchanged: number;
  /** What no document of the index needs any more; only where the store belongs to the index. */
  readonly deleted?: number;
}

/** Precomputes the passages; otherwise queries compute each passage when they first meet it. */
async function fillStore(
  crossEncoder: PrecomputedCrossEncoder,
  corpus: Corpus,
  { terminal, signal }: CommandContext,
): Promise<Filled> {
  const { size, documents } = corpus;
  const { name: model } = crossEncoder;
  const progress = startProgress(terminal, `Precomputing ${count(size, 'document')} for ${model}`, size);
  const counts = await precomputePassages({
    crossEncoder,
    documents: documents(),
    onProgress: ({ done }) => progress.update(done),
    signal,
  }).finally(() => progress.end());
  return { model, ...counts };
}

async function* documentsOf(reader: DocumentReader, signal: AbortSignal): AsyncGenerator<Document> {
  for await (const batch of reader.read({ signal })) yield* batch;
}

function counted(name: string, written: number, unchanged: number): string {
  return `${name}: ${written.toLocaleString('en')} written, ${unchanged.toLocaleString('en')} unchanged`;
}
