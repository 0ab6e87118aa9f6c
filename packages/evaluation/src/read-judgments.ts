import { badLine } from './evaluation-error.ts';
import type { Judgments } from './judgments.ts';
import type { TextLines } from './text-line.ts';

/** Judgments and where they stand, for messages about them. */
export interface JudgmentsFile {
  readonly judgments: Judgments;
  /** The line that a query is first named on. */
  readonly lineOf: ReadonlyMap<string, number>;
}

/**
 * Reads relevance judgments in either of two forms: `query iteration passage grade`, as trec_eval reads them, or `query passage
 * grade` below a header line, as BEIR's collections have them. Words are apart by tabs or spaces; blank lines are passed over.
 *
 * @param file names the file in errors
 * @throws RetrievalError `invalid-document`, naming the line
 */
export async function readJudgments(lines: TextLines, file: string): Promise<JudgmentsFile> {
  const judgments = new Map<string, Map<string, number>>();
  const lineOf = new Map<string, number>();
  let words: 3 | 4 | undefined;
  for await (const { number, text } of lines) {
    if (text.trim() === '') continue;
    const found = columnsOf(text, words);
    const where = `${file}:${number}`;
    if (words === undefined) {
      words = found.length === 4 ? 4 : 3;
      if (isHeader(found)) continue;
    }
    if (found.length !== words) throw malformed(where, found.length, words);
    const [query, passage, grade] = words === 4 ? [found[0]!, found[2]!, found[3]!] : (found as string[]);
    const ofQuery = judgments.get(query!) ?? new Map<string, number>();
    if (ofQuery.has(passage!)) {
      throw badLine(
        where,
        `Query ${JSON.stringify(query)} has a judgment of ${JSON.stringify(passage)} already.`,
        'Keep one of the two lines.',
      );
    }
    ofQuery.set(passage!, readGrade(grade!, where));
    judgments.set(query!, ofQuery);
    if (!lineOf.has(query!)) lineOf.set(query!, number);
  }
  if (judgments.size === 0) {
    throw badLine(file, 'There are no judgments.', 'Write one a line: query, passage, grade.');
  }
  return { judgments, lineOf };
}

/** Where tabs make three columns, an id may have spaces in it. */
function columnsOf(text: string, expected: 3 | 4 | undefined): readonly string[] {
  const byTab = text.split('\t').map((word) => word.trim());
  if (expected !== 4 && byTab.length === 3) return byTab;
  return text.split(/[\t ]+/).filter((word) => word !== '');
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
      : 'Write `query passage grade`, separated by tabs or spaces, and no spaces inside an id.',
  );
}
