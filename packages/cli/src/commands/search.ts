import type { ScoreScaling } from '@secondpass/core';
import { checkTopK } from '../check-top-k.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
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

/** `secondpass search`: both stages over the source that a configuration names. */
export async function search(flags: SearchFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const scope = readScope(flags);
  const config = await readConfigFile(flags.config, context);
  const depth = flags.depth ?? config.depth;
  // A depth on the command line below the file's topK asks for that many, not for an error about a file.
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
      const order = ranking.rerankedBy === null ? ', so the order is that of stage 1' : '';
      terminal.say(`warning: not the full answer${order}: ${ranking.degraded.reason}`);
    }
    if (terminal.json || !terminal.out.isTTY) return terminal.answerJson(ranking);
    const notes = cutLines(ranking.hits, ranking.belowMinScore);
    if (ranking.hits.length === 0)
      return terminal.answer(`Nothing was found${notes.length > 0 ? `: ${notes.join(', ')}` : ''}.`);
    terminal.answer(rankingTable(flags.query, ranking.hits.map(rowOf), terminal));
    for (const note of notes) terminal.answer(terminal.style('dim', note));
    terminal.answer(terminal.style('dim', timingsLine(ranking)));
  } finally {
    // What shadow mode is still at is cut short by closing.
    if (!signal.aborted) await retriever.settled();
    await close();
  }
}
