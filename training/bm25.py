"""BM25 (Robertson and Zaragoza 2009) over whole pools, on lower-cased words; k1 = 0.9, b = 0.4."""
import re

import numpy as np
from scipy import sparse

WORD = re.compile(r"\w+")
K1, B = 0.9, 0.4


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


class BM25:
    """One sparse matrix [passages, words] of finished term scores; a query's scores are a sum of its columns."""

    def __init__(self, passages: list[str]):
        self.vocabulary: dict[str, int] = {}
        rows, columns = [], []
        lengths = np.zeros(len(passages), dtype=np.float32)
        for index, passage in enumerate(passages):
            tokens = words(passage)
            lengths[index] = len(tokens)
            for token in tokens:
                rows.append(index)
                columns.append(self.vocabulary.setdefault(token, len(self.vocabulary)))
        shape = (len(passages), len(self.vocabulary))
        counts = sparse.coo_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape).tocsr()
        counts.sum_duplicates()
        frequency = np.bincount(counts.indices, minlength=shape[1])
        inverse = np.log(1 + (shape[0] - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9))
        row_of = np.repeat(np.arange(shape[0]), np.diff(counts.indptr))
        counts.data = inverse[counts.indices] * counts.data / (counts.data + norm[row_of])
        self.matrix = counts.T.tocsr()

    def scores(self, query: str) -> np.ndarray:
        """One fp32 score per passage."""
        columns = [self.vocabulary[token] for token in words(query) if token in self.vocabulary]
        return np.asarray(self.matrix[columns].sum(axis=0)).ravel() if columns else np.zeros(self.matrix.shape[1])


def best(scores: np.ndarray, depth: int) -> np.ndarray:
    """Indices of the best scores, best first, ties by index."""
    return np.argsort(-scores, kind="stable")[:depth]
