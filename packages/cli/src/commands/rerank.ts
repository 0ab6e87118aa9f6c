import { type Candidate, checkQuery, type Hit, loadCrossEncoder, rank } from '@secondpass/core';
import type { CommandContext } from '../command-context.ts';
import { type GivenDocument, readDocuments, readDocumentsFile } from '../documents-file.ts';
import { resolveModel } from '../models.ts';
import { documentsTable } from '../output/documents-table.ts';

export interface RerankFlags {
  readonly model: string;
  readonly query: string;
  readonly documents: string;
  readonly topK?: number;
}

/** `secondpass rerank`: stage 2 alone, over documents from a file or standard input. */
export async function rerank(flags: RerankFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  checkQuery(flags.query, '--query');
  const directory = await resolveModel(flags.model, context.folder, {
    code: 'invalid-options',
    origin: '--model',
  });
  const documents = await readGiven(flags.documents, context);
  const reranker = await loadCrossEncoder(directory);
  try {
    const passages = documents.map(({ text }) => text);
    const scores = await reranker.score({ query: flags.query, passages, signal });
    const hits = rank(documents.map(asCandidate), scores, flags.topK ?? documents.length);
    if (terminal.json || !terminal.out.isTTY) {
      const results = hits.map((hit) => toResult(hit, documents));
      terminal.answerJson({ query: flags.query, model: reranker.name, results });
    } else {
      terminal.answer(documentsTable(hits, documents, terminal));
    }
  } finally {
    await reranker.close();
  }
}

async function readGiven(documents: string, { input, terminal, signal }: CommandContext) {
  if (documents !== '-') return readDocumentsFile(documents);
  if (input.isTTY) terminal.say('Type one document per line, then end with Ctrl-D.');
  // Without this an interrupt would wait for the next line.
  const stop = (): void => void input.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await readDocuments(input, 'standard input');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Ties go by stage-1 rank, which here is the order of the input. */
function asCandidate({ text }: GivenDocument, index: number): Candidate {
  return { id: String(index), text, score: 0, rank: index + 1 };
}

function toResult({ rank, score, rawScore, candidate }: Hit, documents: readonly GivenDocument[]) {
  const index = candidate.rank - 1;
  return { rank, index, id: documents[index]!.id, score, rawScore };
}
