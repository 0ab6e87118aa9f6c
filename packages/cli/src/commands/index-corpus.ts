import { indexDocuments } from '@secondpass/core';
import { openSource } from '../adapters/open-source.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
import { openCorpus } from '../corpus/open-corpus.ts';
import { startProgress } from '../output/progress.ts';
import { closeAll, openAll, openEmbedder } from '../pipeline.ts';

export interface IndexFlags {
  readonly config: string;
  readonly corpus: string;
}

/** `secondpass index`: embeds a corpus and writes it to the source that a configuration names. */
export async function indexCorpus(flags: IndexFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const started = performance.now();
  const config = await readConfigFile(flags.config, context);
  terminal.say(`Reading ${flags.corpus} …`);
  const corpus = await openCorpus(flags.corpus, signal);
  const opened = await openAll([() => openSource(config), () => openEmbedder(config)]);
  const [{ writer }, embedder] = opened;
  try {
    const total = corpus.size;
    const progress = startProgress(terminal, `Embedding ${total.toLocaleString('en')} documents`, total);
    const { written, unchanged } = await indexDocuments({
      documents: corpus.documents(),
      embedder,
      writer,
      batchSize: 64,
      onProgress: ({ done }) => progress.update(done),
      signal,
    }).finally(() => progress.end());
    const seconds = Math.round(performance.now() - started) / 1_000;
    if (terminal.json) return terminal.answerJson({ source: writer.name, written, unchanged, seconds });
    terminal.answer(
      `${writer.name}: ${written.toLocaleString('en')} written, ${unchanged.toLocaleString('en')} unchanged, ${seconds.toFixed(1)} s`,
    );
    terminal.say(`Next: secondpass search --config ${flags.config} --query "…"`);
  } finally {
    await closeAll(opened);
  }
}
