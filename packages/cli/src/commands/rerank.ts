import { type Candidate, type Hit, rank } from '@secondpass/core';
import { checkQuery } from '@secondpass/core/extend';
import type { CommandContext } from '../command-context.ts';
import { type GivenDocument, readDocuments, readDocumentsFile } from '../documents-file.ts';
import { cutLines } from '../output/cut-lines.ts';
import { documentsTable } from '../output/documents-table.ts';
import { present } from '../present.ts';
import { openRerankerOf, type RerankerFlags } from './open-reranker-of.ts';

export interface RerankFlags extends RerankerFlags {
  readonly query: string;
  readonly documents: string;
}

/** `secondpass rerank`: stage 2 alone, over documents from a file or standard input. */
export async function rerank(flags: RerankFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  checkQuery(flags.query, '--query');
  const documents = await readGiven(flags.documents, context);
  const { topK, minScore, scoreScaling } = flags;
  const reranker = await openRerankerOf(flags, context);
  try {
    const passages = documents.map(({ text }) => text);
    const scores = await reranker.score({ query: flags.query, passages, signal });
    const options = present({ minScore, scoreScaling });
    const reached = rank(documents.map(asCandidate), scores, documents.length, options);
    const hits = reached.slice(0, topK);
    const belowMinScore = documents.length - reached.length;
    if (terminal.json || !terminal.out.isTTY) {
      const results = hits.map((hit) => toResult(hit, documents));
      terminal.answerJson({
        query: flags.query,
        model: reranker.name,
        results,
        ...(minScore !== undefined && { belowMinScore }),
      });
    } else {
      terminal.answer(documentsTable(hits, documents, terminal));
      for (const note of cutLines(hits, belowMinScore)) terminal.answer(terminal.style('dim', note));
    }
  } finally {
    await reranker.close();
  }
}

async function readGiven(documents: string, { input, terminal, signal }: CommandContext) {
  if (documents !== '-') return readDocumentsFile(documents);
  if (input.isTTY) terminal.say('Type one document per line, then end with Ctrl-D.');
  // Without this, an interrupt would wait for the next input line.
  const stop = (): void => void input.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await readDocuments(input, 'standard input');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Stage-1 rank is the input order here, so ties keep it. */
function asCandidate({ text }: GivenDocument, index: number): Candidate {
  return { id: String(index), text, score: 0, rank: index + 1 };
}

function toResult({ candidate, ...hit }: Hit, documents: readonly GivenDocument[]) {
  const index = candidate.rank - 1;
  const { rank, ...scored } = hit;
  return { rank, index, id: documents[index]!.id, ...scored };
}
