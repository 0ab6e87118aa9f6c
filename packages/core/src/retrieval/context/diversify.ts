import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import type { Hit } from '../ranking/ranking.ts';
import type { Candidate } from '../seams/candidate.ts';
import { checkVectors } from '../seams/check-vectors.ts';
import type { Embedder } from '../seams/embedder.ts';
import type { LeftOut } from './context.ts';
import type { Diversity, PassageVectors } from './context-options.ts';
import { resemblance, type Shingles, shinglesOf } from './shingles.ts';

/** Hits in the order in which the context takes them, and the hits that are left out. */
export interface Diversified {
  readonly hits: readonly Hit[];
  readonly leftOut: readonly LeftOut[];
}

/** Near-duplicates left out, or all in the order of maximal marginal relevance. */
export async function diversify(
  hits: readonly Hit[],
  diversity: Diversity,
  signal?: AbortSignal,
): Promise<Diversified> {
  if (diversity === 'none' || hits.length < 2) return { hits, leftOut: [] };
  if ('nearDuplicates' in diversity) return withoutDuplicates(hits, diversity.nearDuplicates);
  const similarity = await similarityOf(hits, diversity.vectors, signal);
  return { hits: byMarginalRelevance(hits, diversity.mmr, similarity), leftOut: [] };
}

/** Goes through the hits best first, so that the better one of two duplicates stays. */
function withoutDuplicates(hits: readonly Hit[], threshold: number): Diversified {
  const kept: { hit: Hit; shingles: Shingles }[] = [];
  const leftOut: LeftOut[] = [];
  for (const hit of hits) {
    const { id, text } = hit.candidate;
    const shingles = shinglesOf(text);
    const like = kept.find((other) => resemblance(shingles, other.shingles) >= threshold);
    if (like) leftOut.push({ id, reason: 'near-duplicate', duplicateOf: like.hit.candidate.id });
    else kept.push({ hit, shingles });
  }
  return { hits: kept.map(({ hit }) => hit), leftOut };
}

/** Of two hits, by their places in the list. */
type Similarity = (a: number, b: number) => number;

function byMarginalRelevance(hits: readonly Hit[], lambda: number, similarity: Similarity): readonly Hit[] {
  const scores = hits.map(({ score }) => score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const relevance = scores.map((score) => (high > low ? (score - low) / (high - low) : 1));
  const closest = hits.map(() => 0);
  const left = new Set(hits.keys());
  const taken: Hit[] = [];
  while (left.size > 0) {
    let best = -1;
    let worth = Number.NEGATIVE_INFINITY;
    for (const index of left) {
      const value = lambda * relevance[index]! - (1 - lambda) * closest[index]!;
      if (value > worth) [best, worth] = [index, value];
    }
    left.delete(best);
    taken.push(hits[best]!);
    for (const index of left) closest[index] = Math.max(closest[index]!, similarity(index, best));
  }
  return taken;
}

async function similarityOf(
  hits: readonly Hit[],
  vectors: PassageVectors | undefined,
  signal: AbortSignal | undefined,
): Promise<Similarity> {
  if (!vectors) {
    const shingles = hits.map(({ candidate }) => shinglesOf(candidate.text));
    return (a, b) => resemblance(shingles[a]!, shingles[b]!);
  }
  const candidates = hits.map(({ candidate }) => candidate);
  const known: readonly ArrayLike<number>[] =
    typeof vectors === 'function' ? candidates.map(vectors) : await embed(candidates, vectors, signal);
  const wrong = known.findIndex(
    (vector) => !vector?.length || vector.length !== known[0]!.length || !hasNumbers(vector),
  );
  if (wrong >= 0) {
    throw new RetrievalError({
      code: 'dimension-mismatch',
      origin: 'build-context',
      problem: `The vector of ${JSON.stringify(candidates[wrong]!.id)} is absent, of another length, or not finite.`,
      nextStep: 'Give a vector of one length for each hit, or leave diversity.vectors out.',
    });
  }
  return (a, b) => cosine(known[a]!, known[b]!);
}

async function embed(
  candidates: readonly Candidate[],
  embedder: Embedder,
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const texts = candidates.map(({ text }) => text);
  const embedding = embedder.embed({ texts, kind: 'passage', ...(signal && { signal }) });
  return checkVectors(
    await (signal ? untilAborted(embedding, signal) : embedding),
    texts.length,
    embedder.name,
  );
}

function hasNumbers(vector: ArrayLike<number>): boolean {
  return Array.prototype.every.call(vector, Number.isFinite);
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    dot += a[index]! * b[index]!;
    ofA += a[index]! ** 2;
    ofB += b[index]! ** 2;
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB);
}
