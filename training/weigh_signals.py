"""Fits the weights of small's signals to training questions, and measures them on other lists.

    python weigh_signals.py --train nq_qed squad_windows pubmedqa_abstracts --measure nq_dev long_answers cacm …

Reads lists that score_lists.py wrote. Listwise softmax loss (Cao et al. 2007) over each list's 100 candidates: linear weights of
standardised signals, with a pull towards the weights in use. Prints weights on the scale of the signals themselves.
"""
import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from blend_weight import blended, quality
from data import read_collection
from gated_cross_encoder import MEAN_PASSAGE_TOKENS, SIGNALS
from metrics import randomisation_p

HERE = Path(__file__).resolve().parent
# Natural questions count twice: they are what the model is for.
SHARES = {"nq_qed": 2.0}


@dataclass
class SignalLists:
    name: str
    candidates: np.ndarray  # [questions, depth]
    cosine: np.ndarray  # [questions, depth]
    logits: np.ndarray  # [questions, depth], of the model in use
    signals: np.ndarray  # [questions, depth, signals]
    gains: list[dict[int, float]]

    def labels(self) -> np.ndarray:
        return np.array([[gains.get(int(passage), 0.0) for passage in row]
                         for row, gains in zip(self.candidates, self.gains)])


def read_lists(name: str, lists: Path, collections: Path, scorer: str, with_length: bool) -> SignalLists:
    kept = np.load(lists / f"{name}.npz")
    done = ~np.isnan(kept[scorer][:, 0])
    relevant = read_collection(collections / name).relevant
    signals = kept[f"{scorer}_signals"][done].astype(np.float64)
    if with_length:
        length = np.log(np.maximum(kept["tokens"][done], 1) / MEAN_PASSAGE_TOKENS)
        signals = np.concatenate([signals, length[..., None]], 2)
    return SignalLists(name, kept["candidates"][done], kept["cosine"][done], kept[scorer][done], signals,
                       [relevant[query] for query in kept["chosen"][done]])


def fit(training: list[SignalLists], start: np.ndarray, pull: float) -> np.ndarray:
    """Weights of the signals."""
    spread = np.mean([lists.signals.std(1).mean(0) for lists in training], 0)
    scaled_start = start * spread

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope, share_of_all = 0.0, np.zeros_like(weights), 0.0
        for lists in training:
            labels = lists.labels()
            known = labels.sum(1) > 0
            target = labels[known] / labels[known].sum(1, keepdims=True)
            features = lists.signals[known] / spread
            logits = features @ weights
            logits -= logits.max(1, keepdims=True)
            log_share = logits - np.log(np.exp(logits).sum(1, keepdims=True))
            share = SHARES.get(lists.name, 1.0)
            share_of_all += share
            total -= share * (target * log_share).sum(1).mean()
            slope += share * np.einsum("qd,qdf->f", np.exp(log_share) - target, features) / len(target)
        # A pull along the start's own direction would only fix the scale, which no order depends on.
        scale = weights @ scaled_start / (scaled_start @ scaled_start)
        apart = weights - scale * scaled_start
        return total / share_of_all + pull * apart @ apart, slope / share_of_all + 2 * pull * apart

    return minimize(loss, scaled_start, jac=True, method="L-BFGS-B").x / spread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scorer", default="small")
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--measure", nargs="*", default=[])
    parser.add_argument("--start", type=float, nargs="+", help="weights in use, in the order of the signals")
    parser.add_argument("--pulls", type=float, nargs="+", default=[0.0, 0.01, 0.03, 0.1])
    parser.add_argument("--length", action="store_true", help="the logarithm of the passage's length as a further signal")
    parser.add_argument("--blends", type=float, nargs="+", default=[0.0, 0.2, 0.33])
    parser.add_argument("--lists", type=Path, default=HERE / "work" / "lists")
    parser.add_argument("--collections", type=Path, default=HERE / "work" / "collections")
    options = parser.parse_args()

    def read(name: str) -> SignalLists:
        return read_lists(name, options.lists, options.collections, options.scorer, options.length)

    training = [read(name) for name in options.train]
    start = np.array(options.start + [0.0] * options.length)
    settings = {"in use": start, **{f"pull {pull}": fit(training, start, pull) for pull in options.pulls}}
    names = [*SIGNALS, *(["length"] if options.length else [])]
    for setting, weights in settings.items():
        shown = weights * start.sum() / weights.sum()
        print(f"{setting}: " + ", ".join(f"{name} {weight:.2f}" for name, weight in zip(names, shown)))
    for lists in [*training, *(read(name) for name in options.measure)]:
        before = quality(lists.candidates, lists.cosine, lists.gains)
        print(f"{lists.name}: {len(before)} questions, stage 1 {before.mean():.4f}")
        for setting, weights in settings.items():
            scores = lists.signals @ weights
            after = [quality(lists.candidates, blended(lists.cosine, scores, blend), lists.gains) for blend in options.blends]
            print(f"  {setting:10}" + "".join(f"  blend {blend}: {values.mean():.4f} (p {randomisation_p(values - before):.3f})"
                                              for blend, values in zip(options.blends, after)))


if __name__ == "__main__":
    main()
