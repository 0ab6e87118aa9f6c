"""Reorders stage 1's top 100 on the development collections and measures what that changes."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import telemetry_off  # noqa: F401, before onnxruntime
import onnxruntime
import torch
from tokenizers import Encoding, Tokenizer

from arithmetic import fastest_products
from blend_weight import blended
from bm25 import best
from data import Collection
from gated_cross_encoder import CLOSED, GatedCrossEncoder
from lower_states import TextStates, last_states
from metrics import ndcg, randomisation_p, reciprocal_rank

DEPTH = 100
CUTOFF = 10
PAIRS_PER_BATCH = 20
FILE_TOKENS = 512


@dataclass
class Lists:
    """Ranked candidates for each chosen query of a collection."""

    queries: TextStates
    passages: TextStates
    chosen: np.ndarray  # query indices
    candidates: list[np.ndarray]  # passage indices, stage 1's order
    relevant: list[dict[int, float]]


def stage_1_lists(collection: Collection, queries: TextStates, passages: TextStates, depth: int = DEPTH,
                  sample: int | None = None, seed: int = 1) -> Lists:
    """The exact cosine's best passages for every query, or for a seeded sample of them."""
    chosen = np.arange(len(collection.queries))
    if sample is not None and sample < len(chosen):
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, sample, replace=False))
    return Lists(queries, passages, chosen,
                 [best(passages.embeddings @ queries.embeddings[query], depth) for query in chosen],
                 [collection.relevant[query] for query in chosen])


def cosines_of_lists(lists: Lists) -> np.ndarray:
    """Stage 1's scores of each list's candidates, fp32 [queries, depth]."""
    return np.stack([lists.passages.embeddings[candidates] @ lists.queries.embeddings[query]
                     for query, candidates in zip(lists.chosen, lists.candidates)])


@torch.no_grad()
def score(model: GatedCrossEncoder, queries: TextStates, passages: TextStates, query: int, candidates: np.ndarray,
          device: str = "cpu", half: bool = False, upper: tuple[TextStates, TextStates] | None = None) -> np.ndarray:
    """Logits of one query's candidates, in their order; upper: the last states of queries and passages, where they are known."""
    logits = np.zeros(len(candidates), dtype=np.float32)
    order = np.argsort(passages.start[candidates + 1] - passages.start[candidates], kind="stable")
    question = queries.batch([query])
    for first in range(0, len(order), PAIRS_PER_BATCH):
        rows = order[first:first + PAIRS_PER_BATCH]
        repeated = tuple(part.expand(len(rows), *part.shape[1:]).to(device) for part in question)
        batch = tuple(part.to(device) for part in passages.batch(candidates[rows]))
        with fastest_products(device, half):
            if upper:
                last = (upper[0].batch([query])[1].expand_as(repeated[1]), upper[1].batch(candidates[rows])[1])
                found = model.logits_of(model.compared(repeated, batch, *(states.to(device) for states in last)))
            else:
                found = model(repeated, batch)
        logits[rows] = found.float().cpu().numpy()
    return logits


def logits_of_lists(model: GatedCrossEncoder, lists: Lists, device: str = "cpu", half: bool = False) -> list[np.ndarray]:
    """The logits of each list's candidates. With closed gates a text's layers are computed once, for all of its pairs."""
    model.eval()
    closed = bool((model.gates <= CLOSED).all())
    upper = (last_states(model.layers, lists.queries, np.asarray(lists.chosen), device),
             last_states(model.layers, lists.passages, np.unique(np.concatenate(lists.candidates)), device)) if closed else None
    return [score(model, lists.queries, lists.passages, query, candidates, device, half, upper)
            for query, candidates in zip(lists.chosen, lists.candidates)]


def logits_by_file(directory: Path, collection: Collection, lists: Lists) -> list[np.ndarray]:
    """logits_of_lists by a model directory's ONNX file; pairs are cut as its tokenizer and 512 tokens ask."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(FILE_TOKENS, strategy="only_second")
    session = onnxruntime.InferenceSession(str(directory / "onnx" / "model_quantized.onnx"),
                                           providers=["CPUExecutionProvider"])
    found = []
    for query, candidates in zip(lists.chosen, lists.candidates):
        pairs = tokenizer.encode_batch([(collection.queries[query], collection.passages[passage]) for passage in candidates])
        order = np.argsort([len(pair.ids) for pair in pairs], kind="stable")
        logits = np.zeros(len(candidates), dtype=np.float32)
        for first in range(0, len(order), PAIRS_PER_BATCH):
            rows = order[first:first + PAIRS_PER_BATCH]
            logits[rows] = session.run(["logits"], padded([pairs[row] for row in rows]))[0][:, 0]
        found.append(logits)
    return found


def padded(pairs: list[Encoding]) -> dict[str, np.ndarray]:
    """A graph's three inputs, int64 [pairs, longest]."""
    width = max(len(pair.ids) for pair in pairs)

    def rows(values: list[list[int]]) -> np.ndarray:
        return np.array([row + [0] * (width - len(row)) for row in values], dtype=np.int64)

    return {"input_ids": rows([pair.ids for pair in pairs]), "attention_mask": rows([[1] * len(pair.ids) for pair in pairs]),
            "token_type_ids": rows([pair.type_ids for pair in pairs])}


def ndcg_per_query(ranked: list[np.ndarray], relevant: list[dict[int, float]]) -> np.ndarray:
    return np.array([ndcg(list(passages), gains, CUTOFF) for passages, gains in zip(ranked, relevant)])


def compare(lists: Lists, logits: list[np.ndarray], weight: float | None = None) -> dict[str, float | int]:
    """Compares stage 2 with stage 1: means, the p of a paired randomisation test, and how many queries got better and worse. Equal scores keep stage 1's order.

    weight: of stage 1, adds the mean and the p of blended orders.
    """
    def ordered(scores: list[np.ndarray]) -> list[np.ndarray]:
        return [candidates[np.argsort(-found, kind="stable")] for candidates, found in zip(lists.candidates, scores)]

    after = ordered(logits)
    before_ndcg, after_ndcg = (ndcg_per_query(ranked, lists.relevant) for ranked in (lists.candidates, after))
    differences = after_ndcg - before_ndcg

    def mean_reciprocal_rank(ranked: list[np.ndarray]) -> float:
        return float(np.mean([reciprocal_rank(list(passages), gains, CUTOFF)
                              for passages, gains in zip(ranked, lists.relevant)]))

    found = {"queries": len(after), "depth": len(lists.candidates[0]),
            "stage1": round(float(before_ndcg.mean()), 4), "stage2": round(float(after_ndcg.mean()), 4),
            "stage1MRR": round(mean_reciprocal_rank(lists.candidates), 4),
            "stage2MRR": round(mean_reciprocal_rank(after), 4),
            "p": round(randomisation_p(differences), 5),
            "wins": int((differences > 1e-9).sum()), "losses": int((differences < -1e-9).sum())}
    if weight is None:
        return found
    scores = blended(cosines_of_lists(lists), np.stack(logits), weight)
    differences = ndcg_per_query(ordered(list(scores)), lists.relevant) - before_ndcg
    return {**found, "blended": round(float((before_ndcg + differences).mean()), 4), "pBlended": round(randomisation_p(differences), 5)}
