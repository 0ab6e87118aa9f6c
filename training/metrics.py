"""Ranking measures and a paired test.

nDCG with linear gain (Järvelin and Kekäläinen 2002): DCG = sum of gain / log2(rank + 1); the ideal order is taken over
all judged passages of the query, also those that stage 1 missed.
"""
import numpy as np


def ndcg(ranked: list[int], gains: dict[int, float], depth: int = 10) -> float:
    found = sum(gains.get(passage, 0.0) / np.log2(rank + 2) for rank, passage in enumerate(ranked[:depth]))
    best = sorted(gains.values(), reverse=True)[:depth]
    ideal = sum(gain / np.log2(rank + 2) for rank, gain in enumerate(best))
    return float(found / ideal) if ideal else 0.0


def reciprocal_rank(ranked: list[int], gains: dict[int, float], depth: int = 10) -> float:
    for rank, passage in enumerate(ranked[:depth]):
        if gains.get(passage, 0.0) > 0:
            return 1.0 / (rank + 1)
    return 0.0


def randomisation_p(differences: np.ndarray, rounds: int = 20000, seed: int = 20261123) -> float:
    """Two-sided p of the mean paired difference under random sign flips (Fisher's randomisation test)."""
    generator = np.random.default_rng(seed)
    observed = abs(differences.mean())
    extreme = 0
    for start in range(0, rounds, 1000):
        signs = generator.choice((-1.0, 1.0), size=(min(1000, rounds - start), len(differences)))
        extreme += int((np.abs((signs * differences).mean(axis=1)) >= observed - 1e-12).sum())
    return (extreme + 1) / (rounds + 1)
