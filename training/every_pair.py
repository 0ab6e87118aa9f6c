"""small's signals for every query with every passage, from states that each text has once.

With closed gates, a text has the same states in every pair. So each text is encoded once, and a pair costs a few products. Training, a
teacher's scores and the evaluation of a collection use this.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gated_cross_encoder import GatedCrossEncoder, Texts, content, mean_direction, through


@dataclass
class Parts:
    """What a pair's signals need of its texts, [N, …]."""

    ids: Tensor  # int64 [N, S]
    text: Tensor  # fp32 [N, S]: 1 for the tokens that carry text
    words: Tensor  # fp32 [N, S, H]: directions of the word embeddings
    lower: Tensor  # fp32 [N, S, H]: directions after the lower layers
    upper: Tensor  # fp32 [N, S, H]: directions after all layers
    vectors: Tensor  # fp32 [N, H]: the bi-encoder's way, with the model's upper layers


def parts_of(model: GatedCrossEncoder, texts: Texts) -> Parts:
    """The parts of some texts; a gradient goes through the upper layers."""
    ids, states, mask = texts
    last = through(model.layers, states, mask).float()
    words, lower, upper = (functional.normalize(values, dim=2) for values in (model.words[ids], states, last))
    return Parts(ids, content(ids, mask), words, lower, upper, mean_direction(last, mask))


def token_weights(model: GatedCrossEncoder, queries: Texts) -> Tensor:
    """How much each token of a query counts, [Q, S]: 0 where there is no text."""
    ids, states, mask = queries
    return model.inverse_frequency[ids] * 2 * torch.sigmoid(states @ model.token_factor) * content(ids, mask)


def signals_of_every_pair(queries: Parts, weights: Tensor, passages: Parts, count_norm: Tensor) -> Tensor:
    """Signals [Q, P, 6], in the order of SIGNALS.

    weights: token_weights of the queries, [Q, S]; count_norm: GatedCrossEncoder.count_norm of the passages, [P].
    """
    same = same_tokens(queries.ids, queries.text, passages.ids, passages.text)
    share = weights / (weights.sum(1, keepdim=True) + 1e-6)
    counts = same.sum(3)
    match = (share[:, None] * counts / (counts + count_norm[None, :, None])).sum(2)

    def similarity(left: Tensor, right: Tensor) -> Tensor:
        return best_similarity(left, queries.text, share, right, passages.text)

    return torch.stack([queries.vectors @ passages.vectors.T, match, bigrams(same, queries.text, weights),
                        similarity(queries.words, passages.words), similarity(queries.lower, passages.lower),
                        similarity(queries.upper, passages.upper)], 2)


def same_tokens(query_ids: Tensor, query_text: Tensor, passage_ids: Tensor, passage_text: Tensor) -> Tensor:
    """1.0 where a query's and a passage's token are equal and carry text: [Q, P, Sq, Sp]."""
    same = (query_ids[:, None, :, None] == passage_ids[None, :, None, :]).to(query_text.dtype)
    return same * query_text[:, None, :, None] * passage_text[None, :, None, :]


def bigrams(same: Tensor, query_text: Tensor, query_weights: Tensor) -> Tensor:
    """The share of a query's neighbouring tokens that are neighbours in the passage too, by token weight: [Q, P]."""
    neighbours = (same[:, :, :-1, :-1] * same[:, :, 1:, 1:]).amax(3)
    both = query_text[:, :-1] * query_text[:, 1:]
    weights = torch.sqrt(query_weights[:, :-1] * query_weights[:, 1:] + 1e-12) * both
    return (weights[:, None] * neighbours).sum(2) / (weights.sum(1) + 1e-6)[:, None]


def best_similarity(left: Tensor, left_text: Tensor, share: Tensor, right: Tensor, right_text: Tensor) -> Tensor:
    """Late interaction (ColBERT): each query token's best cosine in each passage, averaged by share: [Q, P]."""
    queries, length, width = left.shape
    similar = (left.reshape(-1, width) @ right.reshape(-1, width).T).view(queries, length, len(right), -1)
    highest = (similar + (right_text[None, None] - 1) * 4).amax(3).clamp_min(-1)
    return ((share * left_text)[:, :, None] * highest).sum(1)
