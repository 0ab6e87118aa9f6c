import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Corpus } from '../corpus/corpus.ts';

/** Questions with judged passages in a corpus; grade 2 answers the question, 1 helps. */
export interface JudgedSet {
  readonly questions: readonly JudgedQuestion[];
  /** Number of questions without any judged passage in the corpus. */
  readonly missing: number;
  /** Changes with the questions and with the judged passages that are present. */
  readonly digest: string;
}

export interface JudgedQuestion {
  readonly id: string;
  readonly text: string;
  /** Passage id → 1 or 2. */
  readonly judgments: ReadonlyMap<string, number>;
}

/**
 * The questions that ship with this package, written for and judged on the installed documentation. A judgment counts
 * only if the passage's text is unchanged: another version of a package may have another text under the same id.
 */
export async function judgedSetOf(corpus: Corpus): Promise<JudgedSet> {
  const [questions, judgments] = await Promise.all([
    readLines('questions.jsonl'),
    readLines('judgments.tsv'),
  ]);
  const idOf = new Map<string, string>();
  for await (const { id, text } of corpus.documents()) idOf.set(digestOf(text), id);
  const judged = new Map<string, Map<string, number>>();
  for (const line of judgments.slice(1)) {
    const [question, , passageDigest, score] = line.split('\t') as [string, string, string, string];
    const id = idOf.get(passageDigest);
    if (id === undefined) continue;
    const ofQuestion = judged.get(question) ?? new Map<string, number>();
    judged.set(question, ofQuestion.set(id, Number(score)));
  }
  const all = questions.map((line) => JSON.parse(line) as { id: string; text: string });
  const here = all.flatMap((question) => {
    const ofQuestion = judged.get(question.id);
    return ofQuestion ? [{ ...question, judgments: ofQuestion }] : [];
  });
  return {
    questions: here,
    missing: all.length - here.length,
    digest: digestOf(JSON.stringify(here.map(({ id, text, judgments: one }) => [id, text, [...one]]))),
  };
}

async function readLines(name: string): Promise<readonly string[]> {
  const text = await readFile(new URL(`../../demo/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** The digest in the column passage-sha256 of judgments.tsv. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
