import { type CascadeStage, cascadeReranker } from '../../../src/entries/rerankers.ts';
import {
  type DefaultBlend,
  type Degradation,
  type PassageScore,
  type RerankRequest,
  rank,
} from '../../../src/index.ts';
import { type Behavior, ScriptedReranker } from '../failover/scripted-reranker.ts';

export const down: Behavior[] = [{ does: 'fail', code: 'overloaded' }];

/** Scores a passage, which is its number, by a table. */
export class TableReranker extends ScriptedReranker {
  readonly #table: readonly number[];
  defaultBlend?: DefaultBlend;

  constructor(name: string, table: readonly number[], behaviors: readonly Behavior[] = [{ does: 'answer' }]) {
    super(name, 0, behaviors);
    this.#table = table;
  }

  /** Blends by this weight with the cosine of the embedder `abc`. */
  blendedBy(weight: number): this {
    this.defaultBlend = { weight, embedder: { name: 'mini', fingerprints: ['abc'] } };
    return this;
  }

  override scoreOf(passage: string): PassageScore {
    const rawScore = this.#table[Number(passage)]!;
    return { score: 1 / (1 + Math.exp(-rawScore)), rawScore, tokensCut: 0 };
  }

  get read(): number[][] {
    return this.calls.map(({ passages }) => passages.map(Number));
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

/** Numbered passages through a cascade: their order, and who read them. */
export async function ask(stages: readonly CascadeStage[], count: number, more: Partial<RerankRequest> = {}) {
  const told: Degradation[] = [];
  const scores = await cascadeReranker({ stages }).score({
    query: 'q',
    passages: numbered(count),
    onDegraded: (degradation) => told.push(degradation),
    ...more,
  });
  const candidates = numbered(count).map((id, index) => ({
    id,
    text: id,
    score: more.stage1?.scores[index] ?? -index,
    rank: index + 1,
  }));
  const order = rank(candidates, scores, count).map(({ candidate }) => Number(candidate.id));
  return { scores, order, told, tiers: scores.map((score) => score?.cascadeStage ?? null) };
}
