"""Turns a ranking score into a log-odds of relevance: a logistic regression on held-out training lists (Platt 1999)."""
import numpy as np


def fit_logistic(scores: np.ndarray, labels: np.ndarray, rounds: int = 100) -> tuple[float, float]:
    """a and b that make sigmoid(a * score + b) likeliest, by Newton's method; a > 0 or the scores rank upside down."""
    centre, spread = scores.mean(), scores.std()
    design = np.stack([(scores - centre) / spread, np.ones_like(scores)], axis=1).astype(np.float64)
    weights = np.zeros(2)
    for _ in range(rounds):
        probability = 1 / (1 + np.exp(-(design @ weights)))
        gradient = design.T @ (probability - labels)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-10:
            break
    slope = weights[0] / spread
    if slope <= 0:
        raise ValueError(f"calibration found a slope of {slope:.4f}: higher scores would mean less relevant")
    return float(slope), float(weights[1] - slope * centre)
