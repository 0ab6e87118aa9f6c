import type { Candidate, PassageScore, Reranker } from '@secondpass/core';
import type { JudgedQuery } from '../src/judged-query.ts';
import type { Scorer } from '../src/scorer.ts';

/** A text that would take over a page which does not escape it. */
export const hostile = '</style></script><script>alert(1)</script><img src=x onerror="alert(2)">';

export interface MadeUpCollection {
  readonly queries: readonly JudgedQuery[];
  search(text: string, depth: number): Promise<readonly Candidate[]>;
  /** A scorer that puts relevant passages first for a share of the queries, and leaves stage 1's order for the rest. */
  scorer(key: string, share: number): Scorer & { readonly asked: string[] };
}

/** Forty candidates for each query; what is relevant stands at 6 and 13. */
export function madeUpCollection(count: number): MadeUpCollection {
  const queries = Array.from({ length: count }, (_, index) => ({
    id: `q${index}`,
    text: `query ${index} ${hostile}`,
    judgments: new Map([
      [`q${index}-6`, 1],
      [`q${index}-13`, 2],
      [`q${index}-elsewhere`, 1],
    ]),
  }));
  const idOf = (text: string) => queries.find((query) => query.text === text)!.id;
  const search: MadeUpCollection['search'] = async (text, depth) =>
    Array.from({ length: Math.min(depth, 40) }, (_, index) => ({
      id: `${idOf(text)}-${index + 1}`,
      text: `passage ${index + 1} of ${text}`,
      score: 1 - index / 100,
      rank: index + 1,
    }));
  return {
    queries,
    search,
    scorer(key, share) {
      const asked: string[] = [];
      const reranker: Reranker = {
        name: key,
        score: async ({ query, passages, ids }) => {
          asked.push(query);
          const [id, number] = [idOf(query), Number(idOf(query).slice(1))];
          const knows = (number * 7) % count < share * count;
          return passages.map((_, index): PassageScore => {
            const isRelevant = ids![index] === `${id}-6` || ids![index] === `${id}-13`;
            const rawScore = (knows === isRelevant ? 1 : 0) * 10 - index / 10;
            return { score: 0.5, rawScore, tokensCut: 0 };
          });
        },
      };
      const [model = key, precision] = key.split(' ');
      return { key, model, precision: precision as 'int8', batchInvariant: true, reranker, asked };
    },
  };
}
