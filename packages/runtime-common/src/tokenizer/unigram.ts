import { PieceTree } from './piece-tree.ts';
import { longestWord } from './word-memo.ts';

export interface UnigramModel {
  readonly vocab: readonly (readonly [piece: string, score: number])[];
}

/**
 * If the scores of two splits of a word are closer than this, the library decides, because it may round differently.
 */
const closest = 1e-9;

/**
 * SentencePiece's unigram model for words of visible ASCII that the normalizer leaves alone: the most likely way to
 * split a word (Kudo 2018, "Subword Regularization").
 *
 * @param mark the character that stands for the beginning of a word
 * @returns the ids of a word, which must be all visible ASCII and hold no special token; `undefined` if a character
 * is unknown or two splits are equally likely
 */
export function asciiUnigram(model: UnigramModel, mark: string): (word: string) => number[] | undefined {
  const pieces: [piece: string, id: number][] = [];
  for (const [id, [piece]] of model.vocab.entries()) {
    const begins = piece.startsWith(mark);
    const rest = begins ? piece.slice(mark.length) : piece;
    if (/^[!-~]*$/.test(rest)) pieces.push([begins ? markInTree + rest : rest, id]);
  }
  const tree = new PieceTree(pieces);
  const scores = Float64Array.from(model.vocab, ([, score]) => score);
  const path = {
    best: new Float64Array(longestWord + 2),
    from: new Int32Array(longestWord + 2),
    last: new Int32Array(longestWord + 2),
  };
  return (word) =>
    word.length > longestWord ? undefined : mostLikely(markInTree + word, tree, scores, path);
}

/** An invisible character below 128, so that each character in the tree fits into seven bits. */
const markInTree = '\x7f';

/** For each position in a word, the best split up to it: its score, the position before, and the piece between. */
interface Path {
  readonly best: Float64Array;
  readonly from: Int32Array;
  readonly last: Int32Array;
}

function mostLikely(
  text: string,
  tree: PieceTree,
  scores: Float64Array,
  { best, from, last }: Path,
): number[] | undefined {
  best.fill(Number.NEGATIVE_INFINITY, 1, text.length + 1);
  for (let start = 0; start < text.length; start += 1) {
    let node = tree.step(0, text.charCodeAt(start));
    // Without a piece for this single character, the library inserts an unknown token, by rules of its own.
    if (node === -1 || tree.ids[node] === -1) return undefined;
    for (let end = start + 1; node !== -1; end += 1) {
      const id = tree.ids[node]!;
      if (id !== -1) {
        const score = best[start]! + scores[id]!;
        if (Math.abs(score - best[end]!) < closest) return undefined;
        if (score > best[end]!) {
          best[end] = score;
          from[end] = start;
          last[end] = id;
        }
      }
      node = end < text.length ? tree.step(node, text.charCodeAt(end)) : -1;
    }
  }
  const ids: number[] = [];
  for (let end = text.length; end > 0; end = from[end]!) ids.push(last[end]!);
  return ids.reverse();
}
