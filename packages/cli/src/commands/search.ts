import type { ScoreScaling } from '@secondpass/core';
import { checkTopK } from '../check-top-k.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
import { blendLines } from '../output/blend-lines.ts';
import { cutLines } from '../output/cut-lines.ts';
import { rankingTable, rowOf } from '../output/ranking-table.ts';
import { timingsLine } from '../output/timings-line.ts';
import { openRetriever } from '../pipeline.ts';
import { present } from '../present.ts';
import { readScope, type ScopeFlags } from '../search-scope.ts';

export interface SearchFlags extends ScopeFlags {
  readonly config: string;
  readonly query: string;
  readonly depth?: number;
  readonly topK?: number;
  readonly minScore?: number;
  readonly scoreScaling?: ScoreScaling;
  readonly blend?: number;
  readonly latencyBudget?: number;
}

/** `secondpass search`: both stages over the configured source. */
export async function search(flags: SearchFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const scope = readScope(flags);
  const config = await readConfigFile(flags.config, context);
  const depth = flags.depth ?? config.depth;
  // If --depth is below the file's topK, lower topK instead of reporting an error about the file.
  const topK = flags.topK ?? Math.min(config.topK, depth);
  checkTopK(topK, depth, 'search');
  const { retriever, close } = await openRetriever({
    ...config,
    ...present({
      minScore: flags.minScore,
      scoreScaling: flags.scoreScaling,
      blend: flags.blend,
    }),
    depth,
    topK,
  });
  try {
    const budget = present({ latencyBudgetMs: flags.latencyBudget });
    const ranking = await retriever.retrieve(flags.query, { ...scope, ...budget, signal });
    if (ranking.degraded) {
      const order = ranking.rerankedBy === null ? ', in the order of stage 1' : '';
      terminal.say(`warning: the answer is degraded${order}: ${ranking.degraded.reason}`);
    }
    if (terminal.json || !terminal.out.isTTY) return terminal.answerJson(ranking);
    const notes = cutLines(ranking.hits, ranking.belowMinScore);
    if (ranking.hits.length === 0)
      return terminal.answer(`Nothing was found${notes.length > 0 ? `: ${notes.join(', ')}` : ''}.`);
    terminal.answer(rankingTable(flags.query, ranking.hits.map(rowOf), terminal));
    for (const note of [...notes, ...blendLines(ranking)]) terminal.answer(terminal.style('dim', note));
    terminal.answer(terminal.style('dim', timingsLine(ranking)));
  } finally {
    // Closing would cut off running shadow work, so wait for it.
    if (!signal.aborted) await retriever.settled();
    await close();
  }
}
