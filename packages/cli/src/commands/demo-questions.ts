import type { Corpus } from '../corpus/corpus.ts';

/** The demo's questions about the installed documentation; some page answers each of them. */
export const demoQuestions: readonly string[] = [
  'How do I make an option mandatory in a command line program?',
  'How do I keep the data of an embedded Postgres on disk?',
  'How do I validate data and get typed errors instead of exceptions?',
];

const mostQuestions = 3;
const mostWords = 12;

/** Questions for an unknown corpus: headings or opening words, spread evenly over it. */
export async function questionsFrom(corpus: Corpus): Promise<readonly string[]> {
  const step = Math.max(1, Math.floor(corpus.size / mostQuestions));
  const questions = new Set<string>();
  let index = 0;
  for await (const { text, payload } of corpus.documents()) {
    if (index % step === Math.floor(step / 2))
      questions.add(openingOf(text, payload?.['heading'] ?? payload?.['title']));
    index += 1;
    if (questions.size === mostQuestions) break;
  }
  return [...questions];
}

function openingOf(text: string, heading: unknown): string {
  const nearest = typeof heading === 'string' ? heading.split(' › ').at(-1)! : '';
  const words = (nearest || text).split(/\s+/).filter((word) => word !== '');
  return words.slice(0, mostWords).join(' ').slice(0, 200).toWellFormed();
}
