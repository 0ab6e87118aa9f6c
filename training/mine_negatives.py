"""Hard negatives for every question: the whole pool's best by the bi-encoder and by BM25, false ones filtered.

The usual filter on a share of the positive's cosine (de Souza Moreira et al. 2024, NV-Retriever) is not used: it makes
the bi-encoder's own order look perfect in every list, and a head that learns from such lists learns to trust nothing
else. Dropped instead: near-copies of the right passage, and for made questions (whose one label is less sure) what
both retrievers, which see different things, put before it.
"""
import numpy as np

from bm25 import BM25, best, words
from data import Collection

COSINE_DEPTH, LEXICAL_DEPTH = 60, 30
COPY_SHARE = 0.6
MADE_POOLS = ("wikipedia_heading", "wikipedia_ict", "wikipedia_what_is")


def copies(passage: set[str], other: set[str]) -> bool:
    """Whether most words of the shorter text are in the longer one too."""
    shorter = min(len(passage), len(other))
    return shorter > 0 and len(passage & other) / shorter > COPY_SHARE


def mine(pool: Collection, query_embeddings: np.ndarray, passage_embeddings: np.ndarray) -> np.ndarray:
    """int32 [queries, 90]: negatives by cosine (60 places), then by BM25 (30 places), best first; -1 is an empty place."""
    lexical = BM25(pool.passages)
    word_sets = [set(words(passage)) for passage in pool.passages]
    mined = np.full((len(pool.queries), COSINE_DEPTH + LEXICAL_DEPTH), -1, dtype=np.int32)
    for index, query in enumerate(pool.queries):
        right = list(pool.relevant[index])
        cosines = passage_embeddings @ query_embeddings[index]
        lexicals = lexical.scores(query)
        query_words = set(words(query))

        def is_negative(candidate: int) -> bool:
            if candidate in pool.relevant[index]:
                return False
            if any(copies(word_sets[candidate], word_sets[passage]) for passage in right):
                return False
            if pool.name == "wikipedia_ict" and len(query_words & word_sets[candidate]) > 0.8 * len(query_words):
                return False
            if pool.name in MADE_POOLS:
                return not (cosines[candidate] > cosines[right].max() and lexicals[candidate] > lexicals[right].max())
            return True

        for scores, first, depth in ((cosines, 0, COSINE_DEPTH), (lexicals, COSINE_DEPTH, LEXICAL_DEPTH)):
            kept = [candidate for candidate in best(scores, 2 * depth) if is_negative(candidate)][:depth]
            mined[index, first:first + len(kept)] = kept
    return mined
