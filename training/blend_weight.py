"""Finds the weight to blend a reranker with the bi-encoder's cosine, on lists that score_lists.py wrote of training questions,
and measures weights on any other lists.

    python blend_weight.py small nq_qed squad_windows pubmedqa_abstracts [--lists work/lists] [--collections work/collections]
"""
import argparse
from pathlib import Path

import numpy as np

from data import read_collection
from metrics import ndcg, randomisation_p

HERE = Path(__file__).resolve().parent
WEIGHTS = tuple(round(0.05 * step, 2) for step in range(21))

# Of nDCG@10: what a mean over these few questions cannot tell apart.
WITHIN = 0.005


def standardised(scores: np.ndarray) -> np.ndarray:
    """Each list [queries, depth] less its mean, over its deviation, as core's blendScores does."""
    deviation = scores.std(1, keepdims=True)
    return (scores - scores.mean(1, keepdims=True)) / np.where(deviation < 1e-12, 1, deviation)


def blended(cosine: np.ndarray, scores: np.ndarray, weight: float) -> np.ndarray:
    return weight * standardised(cosine) + (1 - weight) * standardised(scores)


def quality(candidates: np.ndarray, scores: np.ndarray, relevant: list[dict[int, float]]) -> np.ndarray:
    """nDCG@10 of each list, ties in stage 1's order."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.array([ndcg(list(row[places]), gains) for row, places, gains in zip(candidates, order, relevant)])


def chosen_weight(mean: np.ndarray) -> float:
    """The largest weight that is as good as the best but for noise: blending is there so that stage 1 is not made worse."""
    good = mean >= mean.max() - WITHIN
    # Not beyond a dip: what comes back there has other reasons.
    last = int(mean.argmax())
    while last + 1 < len(mean) and good[last + 1]:
        last += 1
    return WEIGHTS[last]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scorer")
    parser.add_argument("names", nargs="+")
    parser.add_argument("--lists", type=Path, default=HERE / "work" / "lists")
    parser.add_argument("--collections", type=Path, default=HERE / "work" / "collections")
    arguments = parser.parse_args()
    curves = []
    for name in arguments.names:
        lists = np.load(arguments.lists / f"{name}.npz")
        scored = ~np.isnan(lists[arguments.scorer][:, 0])
        relevant = read_collection(arguments.collections / name).relevant
        gains = [relevant[query] for query in lists["chosen"][scored]]
        candidates, cosine, scores = (lists[key][scored] for key in ("candidates", "cosine", arguments.scorer))
        curve = np.stack([quality(candidates, blended(cosine, scores, weight), gains) for weight in WEIGHTS])
        curves.append(curve.mean(1))
        print(f"{name}: {scored.sum()} questions, stage 1 {curve[-1].mean():.4f}, {arguments.scorer} {curve[0].mean():.4f} "
              f"(p {randomisation_p(curve[0] - curve[-1]):.4f})")
        for weight, values in zip(WEIGHTS, curve):
            print(f"  {weight:.2f}  {values.mean():.4f}  p {randomisation_p(values - curve[-1]):.4f}")
    mean = np.mean(curves, axis=0)
    print("mean of the collections: " + "  ".join(f"{weight:.2f} {value:.4f}" for weight, value in zip(WEIGHTS, mean)))
    print(f"largest weight within {WITHIN} of the best: {chosen_weight(mean)}")


if __name__ == "__main__":
    main()
