import type { BiEncoder, CrossEncoder } from '@secondpass/core';
import type { ChangingDocuments } from './changing-documents.ts';

export interface KnownDocument {
  readonly id: string;
  readonly text: string;
  readonly vector: Float32Array;
  readonly source: string;
}

/** As far as it is read here. */
export interface SearchAnswer {
  readonly hits: readonly {
    readonly rank: number;
    readonly rawScore?: number;
    readonly candidate: { readonly id: string; readonly text: string; readonly rank: number };
  }[];
  readonly candidateCount: number;
  readonly rerankedBy: string | null;
  readonly degraded?: { readonly stage: string; readonly reason: string };
}

interface Question {
  readonly vector: Float32Array;
  /** Raw scores of the texts that can be among the candidates. */
  readonly rawScores: Map<string, number>;
  /** The nearest documents of each source that always stay, best first. */
  readonly nearest: Map<string, readonly (readonly [document: KnownDocument, similarity: number])[]>;
}

/** Candidates of each source. */
export const depthOfSource = 10;
export const topK = 10;
/** The engines compute in 32 bits, and in another order. */
const sameSimilarity = 2e-5;
const sameScore = 2e-3;

/** What each query has to be answered with, computed by brute force before the run and brought up to date by the changes. */
export class Truth {
  readonly #questions: readonly Question[];
  readonly #sources: readonly string[];
  readonly #pool: readonly KnownDocument[];

  private constructor(
    questions: readonly Question[],
    sources: readonly string[],
    pool: readonly KnownDocument[],
  ) {
    this.#questions = questions;
    this.#sources = sources;
    this.#pool = pool;
  }

  /** @param pool the documents that come and go: `changing-INDEX-…` is the one at that index, under an id of its own */
  static async compute(
    queries: readonly string[],
    { stable, pool }: { readonly stable: readonly KnownDocument[]; readonly pool: readonly KnownDocument[] },
    { embedder, reranker }: { readonly embedder: BiEncoder; readonly reranker: CrossEncoder },
  ): Promise<Truth> {
    const sources = [...new Set(stable.map(({ source }) => source))];
    const questions: Question[] = [];
    for (const query of queries) {
      const [vector] = await embedder.embed({ kind: 'query', texts: [query] });
      const nearest: Question['nearest'] = new Map();
      const texts: string[] = [];
      for (const source of sources) {
        const near = stable
          .filter((document) => document.source === source)
          .map((document) => [document, cosine(vector!, document.vector)] as const)
          .sort(([, one], [, other]) => other - one)
          .slice(0, depthOfSource + 10);
        nearest.set(source, near);
        const least = near[depthOfSource - 1]![1] - sameSimilarity;
        const reached = pool.filter(
          (document) => document.source === source && cosine(vector!, document.vector) >= least,
        );
        texts.push(...near.map(([{ text }]) => text), ...reached.map(({ text }) => text));
      }
      const scores = await reranker.score({ query, passages: texts });
      const rawScores = new Map(texts.map((text, index) => [text, scores[index]!.rawScore]));
      questions.push({ vector: vector!, rawScores, nearest });
    }
    return new Truth(questions, sources, pool);
  }

  /**
   * @returns whether everything was compared exactly
   * @throws Error that says what is wrong with the answer
   */
  check(
    index: number,
    answer: SearchAnswer,
    during: (source: string) => ReturnType<ChangingDocuments['during']>,
  ): boolean {
    const { degraded, hits, candidateCount, rerankedBy } = answer;
    const answering = this.#sources.filter((source) => !degraded?.reason.includes(`${source} `));
    if (degraded?.stage === 'search' && answering.length !== this.#sources.length - 1)
      throw new Error(`the reason names no source that is missing: ${degraded.reason}`);
    const { rawScores } = this.#questions[index]!;
    const allowed = new Map<string, KnownDocument>();
    const certain = new Map<string, KnownDocument>();
    for (const source of answering) this.#candidates(index, source, during(source), { allowed, certain });
    if (candidateCount !== answering.length * depthOfSource)
      throw new Error(`${candidateCount} candidates of ${answering.length} sources`);
    if (hits.length !== topK) throw new Error(`${hits.length} hits`);
    for (const [place, { rank, candidate, rawScore }] of hits.entries()) {
      const known = allowed.get(candidate.id);
      if (!known) throw new Error(`${candidate.id} at rank ${rank} is not among the nearest`);
      if (known.text !== candidate.text) throw new Error(`${candidate.id} has another text`);
      if (rank !== place + 1) throw new Error(`rank ${rank} at place ${place}`);
      if (rerankedBy === null) continue;
      const right = rawScores.get(known.text)!;
      if (rawScore === undefined || Math.abs(rawScore - right) > sameScore)
        throw new Error(`${candidate.id} has the score ${rawScore}, not ${right}`);
      if (place > 0 && hits[place - 1]!.rawScore! < rawScore) throw new Error('hits not ordered by score');
    }
    if (rerankedBy === null) {
      if (degraded?.stage !== 'rerank') throw new Error('the order of stage 1 without saying so');
      return false;
    }
    const found = new Set(hits.map(({ candidate }) => candidate.id));
    const last = hits.at(-1)!.rawScore!;
    for (const [id, { text }] of certain) {
      if (!found.has(id) && rawScores.get(text)! > last + sameScore)
        throw new Error(`${id} with the score ${rawScores.get(text)} is missing above ${last}`);
    }
    return allowed.size === certain.size;
  }

  /** Those of a source that may be and those that must be among its candidates. */
  #candidates(
    index: number,
    source: string,
    { sure, perhaps }: ReturnType<ChangingDocuments['during']>,
    into: {
      readonly allowed: Map<string, KnownDocument>;
      readonly certain: Map<string, KnownDocument>;
    },
  ): void {
    const { vector, nearest } = this.#questions[index]!;
    const ofPool = (id: string) => {
      const document = this.#pool[Number(id.split('-')[1])]!;
      return { id, document: { ...document, id }, similarity: cosine(vector, document.vector) };
    };
    const there = [
      ...nearest.get(source)!.map(([document, similarity]) => ({ id: document.id, document, similarity })),
      ...sure.map(ofPool),
    ];
    const unsure = perhaps.map(ofPool);
    const everything = [...there, ...unsure];
    for (const one of everything) {
      const ahead = there.filter(({ similarity }) => similarity > one.similarity + sameSimilarity).length;
      if (ahead < depthOfSource) into.allowed.set(one.id, one.document);
    }
    for (const one of there) {
      const ahead = everything.filter(
        (other) => other !== one && other.similarity > one.similarity - sameSimilarity,
      ).length;
      if (ahead < depthOfSource) into.certain.set(one.id, one.document);
    }
  }
}

function cosine(one: Float32Array, other: Float32Array): number {
  let dot = 0;
  let [a, b] = [0, 0];
  for (let place = 0; place < one.length; place += 1) {
    dot += one[place]! * other[place]!;
    a += one[place]! ** 2;
    b += other[place]! ** 2;
  }
  return dot / Math.sqrt(a * b);
}
