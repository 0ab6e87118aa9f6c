import { checkedLines } from './check-given.ts';
import { columnsOf } from './columns.ts';
import { badLine } from './evaluation-error.ts';
import type { Judgments } from './judgments.ts';
import type { TextLines } from './text-line.ts';

/** Judgments and their line numbers, for error messages. */
export interface JudgmentsFile {
  readonly judgments: Judgments;
  /** Query id → the first line that names it. */
  readonly lineOf: ReadonlyMap<string, number>;
}

/**
 * Reads relevance judgments in one of two forms: `query iteration passage grade`, as trec_eval reads them, or `query
 * passage grade` below a header line, as in BEIR's collections. White space separates the columns; blank lines are
 * skipped.
 *
 * The first line decides the form: a header, or four words. In a file with three columns separated by tabs, an id may
 * contain spaces. A first line that fits both forms, such as `q1⇥0 doc⇥1`, is read as trec_eval does.
 *
 * @param file names the file in errors
 * @throws RetrievalError `invalid-document`, naming the line
 *
 * @example
 * import { readJudgments } from '@secondpass/evaluation';
 * const lines = ['q1 0 a 2', 'q1 0 b 0'].map((text, index) => ({ number: index + 1, text }));
 * const { judgments } = await readJudgments(lines, 'qrels.txt');
 * judgments.get('q1'); // → Map(2) { 'a' => 2, 'b' => 0 }
 */
export async function readJudgments(lines: TextLines, file: string): Promise<JudgmentsFile> {
  const judgments = new Map<string, Map<string, number>>();
  const lineOf = new Map<string, number>();
  let words: 3 | 4 | undefined;
  for await (const { number, text } of checkedLines(lines)) {
    if (columnsOf(text).length === 0) continue;
    const where = `${file}:${number}`;
    if (words === undefined) {
      const first = columnsOf(text);
      words = first.length === 4 ? 4 : 3;
      if (isHeader(first)) continue;
    }
    const found = words === 4 ? columnsOf(text) : threeColumns(text);
    if (found.length !== words) throw malformed(where, found.length, words);
    const [query, passage, grade] = words === 4 ? [found[0]!, found[2]!, found[3]!] : (found as string[]);
    const ofQuery = judgments.get(query!) ?? new Map<string, number>();
    if (ofQuery.has(passage!)) {
      throw badLine(
        where,
        `Query ${JSON.stringify(query)} already has a judgment of ${JSON.stringify(passage)}.`,
        'Keep one of the two lines.',
      );
    }
    ofQuery.set(passage!, readGrade(grade!, where));
    judgments.set(query!, ofQuery);
    if (!lineOf.has(query!)) lineOf.set(query!, number);
  }
  if (judgments.size === 0) {
    throw badLine(file, 'There are no judgments.', 'Write one per line: query, passage, grade.');
  }
  return { judgments, lineOf };
}

/** Splits at tabs if that gives three columns, so that an id may contain spaces; otherwise at any white space. */
function threeColumns(text: string): readonly string[] {
  const byTab = text.split('\t').map((word) => word.trim());
  return byTab.length === 3 && byTab.every((word) => word !== '') ? byTab : columnsOf(text);
}

const gradeColumn = /^(?:score|relevance|rel|relevant|grade|label|judge?ment|qrel)$/i;

function isHeader(words: readonly string[]): boolean {
  return words.length >= 3 && gradeColumn.test(words.at(-1)!);
}

function readGrade(text: string, where: string): number {
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw badLine(
    where,
    `The grade is ${JSON.stringify(text)}, and an integer was expected.`,
    'Write 0 for not relevant, and 1 or more for relevant.',
  );
}

function malformed(where: string, found: number, expected: 3 | 4): Error {
  return badLine(
    where,
    `The line has ${found} ${found === 1 ? 'column' : 'columns'}, and ${expected} were expected.`,
    expected === 4
      ? 'Write `query iteration passage grade`, and no spaces inside an id.'
      : 'Write `query passage grade`, separated by tabs if an id contains spaces.',
  );
}
