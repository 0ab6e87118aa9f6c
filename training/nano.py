"""nano: `small` with its four closed layers and one of its two upper ones replaced by a table.

A token's row in the table starts as its mean state after the bi-encoder's fifth layer, over the training texts, cut to
256 dimensions (a table of what layers give on average: compare X2Static, Gupta and Jaggi 2021). Only the SELECTED rarest
tokens of a text go through the one layer that is left, the bi-encoder's sixth; everything else reads the table.
Query and passage don't see each other in that layer, so training encodes each text once and scores all pairs of a step.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from every_pair import best_similarity, bigrams, same_tokens
from gated_cross_encoder import CLASS_TOKEN, MEAN_PASSAGE_TOKENS, PADDING_TOKEN, SEPARATOR_TOKEN, Layer
from starting_weights import HIDDEN, LAYERS
from token_states import closed_layer

DIMENSIONS = 256
# Tokens of a text that go through the layer; two more for each token of the query beyond SHORT_QUERY, at most MOST_SELECTED.
SELECTED, SHORT_QUERY, MOST_SELECTED = 40, 16, 160
POSITIONS = 160  # later places share the last one's vector
POOLS, INNER = 3, 512  # weighted means of a text's rows, and the width behind them
SIGNALS = ("cosine", "match", "bigram", "word_similarity", "upper_similarity")
STARTING_SIGNAL_WEIGHTS = (12.0, 4.0, 2.0, 5.0, 6.0)
MEAN_QUERY_TOKENS = 8.0
# BM25's k1 and b are not learned: distillation bends them until they make up for what other signals lack.
SATURATION, LENGTH_SHARE = 0.9, 0.4
# Token weights are at most 1, so that tokens which the query has too go before the rarest, and [CLS] and [SEP] before these.
MATCH_PRIORITY, SPECIAL_PRIORITY, TIE_STEP = 4.0, 10.0, 1e-5


@dataclass
class EncodedTexts:
    """What a pair's score needs of its texts, [N, …]."""

    ids: Tensor  # int64 [N, S]
    text: Tensor  # fp32 [N, S]: 1 for the tokens that carry text
    weights: Tensor  # fp32 [N, S]: 0 where there is no text
    words: Tensor  # fp32 [N, S, D]: directions in the table
    chosen_text: Tensor  # fp32 [N, K]: 1 for the chosen tokens that carry text
    chosen_weights: Tensor  # fp32 [N, K]
    states: Tensor  # fp32 [N, K, H]: directions after the layer
    vectors: Tensor  # fp32 [N, H]

    def take(self, rows: slice) -> "EncodedTexts":
        """Some of the texts, without the padding that only the others needed."""
        width = int((self.ids[rows] != PADDING_TOKEN).sum(1).max())
        per_token = {"ids", "text", "weights", "words"}
        return EncodedTexts(**{name: values[rows, :width] if name in per_token else values[rows]
                               for name, values in vars(self).items()})


class Nano(nn.Module):
    """Scores pairs by five signals of `small` (GatedCrossEncoder), whose weights here also depend on the query's length.

    cosine is that of two vectors, each made by a small network from three weighted means of all tokens' rows and the
    mean of the chosen tokens' states. upper_similarity looks at the chosen tokens only, the other three at all.
    A token's weight is its inverse document frequency.
    """

    def __init__(self, tensors: dict[str, Tensor], start: "StartingTable", rarity: Tensor):
        super().__init__()
        self.register_buffer("rarity", rarity)
        self.table = nn.Parameter(start.rows.clone())
        self.up = nn.Linear(DIMENSIONS, HIDDEN)
        self.positions = nn.Parameter(torch.zeros(POSITIONS, HIDDEN))
        self.layer = Layer(tensors, LAYERS - 1)
        self.pool_logits = nn.Parameter(torch.log(rarity.clamp_min(1e-3))[:, None] * torch.tensor([2.0, 1.0, 0.0]))
        self.pooled_straight = nn.Linear(POOLS * DIMENSIONS, HIDDEN)
        self.pooled_inner = nn.Linear(POOLS * DIMENSIONS, INNER)
        self.pooled_output = nn.Linear(INNER, HIDDEN, bias=False)
        self.state_inner = nn.Linear(HIDDEN, INNER, bias=False)
        self.state_straight = nn.Linear(HIDDEN, HIDDEN, bias=False)
        for module in (self.pooled_output, self.state_inner, self.state_straight):
            nn.init.zeros_(module.weight)
        with torch.no_grad():
            self.up.weight.copy_(start.up)
            self.up.bias.copy_(start.centre)
        self.signal_weights = nn.Parameter(torch.tensor(STARTING_SIGNAL_WEIGHTS))
        self.length_slopes = nn.Parameter(torch.zeros(len(SIGNALS)))
        self.offset = nn.Parameter(torch.zeros(()))

    def pooled(self, rows: Tensor, ids: Tensor, text: Tensor) -> Tensor:
        """Weighted means of rows [N, S, D], one behind the other: [N, POOLS * D]."""
        weights = torch.exp(functional.embedding(ids, self.pool_logits)) * text[..., None]
        means = torch.bmm(weights.transpose(1, 2), rows) / (weights.sum(1)[..., None] + 1e-6)
        return means.flatten(1)

    def vector(self, pooled: Tensor, mean_state: Tensor | None) -> Tensor:
        """A text's direction [N, H] from its pooled rows and the mean state of its chosen tokens."""
        inner, straight = self.pooled_inner(pooled), self.pooled_straight(pooled)
        if mean_state is not None:
            inner, straight = inner + self.state_inner(mean_state), straight + self.state_straight(mean_state)
        return functional.normalize((self.pooled_output(functional.gelu(inner)) + straight).float(), dim=1)

    def encode(self, ids: Tensor, mask: Tensor, matched: Tensor | None = None, selected: int = SELECTED) -> EncodedTexts:
        """ids int64 [N, S], mask fp32 [N, S] of single texts [CLS] … [SEP]; matched fp32 [N, S]: 1 for tokens that the
        query has too; selected: selected_tokens of the query."""
        batch, width = ids.shape
        text = mask * ((ids != CLASS_TOKEN) & (ids != SEPARATOR_TOKEN)).to(mask.dtype)
        rows = functional.embedding(ids, self.table)
        weights = self.rarity[ids] * text

        places = torch.arange(width, device=ids.device)
        priority = weights + (mask - text) * SPECIAL_PRIORITY + (mask - 1) - places * TIE_STEP
        if matched is not None:
            priority = priority + matched * text * MATCH_PRIORITY
        chosen = priority.topk(min(selected, width), dim=1).indices

        def pick(values: Tensor) -> Tensor:
            return values.gather(1, chosen)

        chosen_mask = pick(mask)
        chosen_rows = rows.gather(1, chosen[..., None].expand(-1, -1, DIMENSIONS))
        states = self.up(chosen_rows) + self.positions[chosen.clamp_max(POSITIONS - 1)]
        states = closed_layer(self.layer, states, chosen_mask).float()
        mean = (states * chosen_mask[..., None]).sum(1) / chosen_mask.sum(1, keepdim=True).clamp_min(1)
        vectors = self.vector(self.pooled(rows, ids, text), mean)
        return EncodedTexts(ids, text, weights, functional.normalize(rows, dim=2), pick(text), pick(weights),
                            functional.normalize(states, dim=2), vectors)

    def signals(self, queries: EncodedTexts, passages: EncodedTexts) -> Tensor:
        """Signals [Q, P, 5] of every query with every passage."""
        same = same_tokens(queries.ids, queries.text, passages.ids, passages.text)
        share = queries.weights / (queries.weights.sum(1, keepdim=True) + 1e-6)
        counts = same.sum(3)
        norm = match_norm(passages.text.sum(1))
        match = (share[:, None] * counts / (counts + norm[None, :, None])).sum(2)
        bigram = bigrams(same, queries.text, queries.weights)
        words = best_similarity(queries.words, queries.text, share, passages.words, passages.text)
        chosen_share = queries.chosen_weights / (queries.chosen_weights.sum(1, keepdim=True) + 1e-6)
        upper = best_similarity(queries.states, queries.chosen_text, chosen_share, passages.states, passages.chosen_text)
        return torch.stack([queries.vectors @ passages.vectors.T, match, bigram, words, upper], 2)

    def weights_for(self, queries: EncodedTexts) -> Tensor:
        """Signal weights [Q, 5]: at a query of eight tokens signal_weights, and length_slopes more for each e-fold."""
        length = torch.log((queries.text.sum(1, keepdim=True) + 1) / (MEAN_QUERY_TOKENS + 1))
        return self.signal_weights + length * self.length_slopes

    def forward(self, queries: EncodedTexts, passages: EncodedTexts) -> Tensor:
        """Logits [Q, P]."""
        return (self.signals(queries, passages) * self.weights_for(queries)[:, None]).sum(2) + self.offset


def selected_tokens(query_tokens: int) -> int:
    """How many tokens of each text go through the layer, by the query's length, [CLS] and [SEP] included."""
    return min(SELECTED + 2 * max(query_tokens - SHORT_QUERY, 0), MOST_SELECTED)


def match_norm(length: Tensor) -> Tensor:
    """What BM25's saturation adds to a token's count, for passages of these many tokens."""
    return SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / MEAN_PASSAGE_TOKENS)


@dataclass
class StartingTable:
    """rows [vocabulary, 256]; rows @ up.T + centre gives a token's mean state back, as nearly as 256 dimensions can."""

    rows: Tensor
    up: Tensor
    centre: Tensor


SEEN = 20  # tokens seen more often tell how a mean state differs from a state alone
ALONE_COUNT = 3.0  # a state alone counts as so many occurrences
WORD_SHARE = 0.5  # size of word embeddings beside mean states in what the rows must hold


def starting_table(sums: Tensor, counts: Tensor, alone: Tensor, words: Tensor) -> StartingTable:
    """From summed states [vocabulary, 384] and counts [vocabulary], states alone and word embeddings [vocabulary, 384].

    The rows are principal components of mean states and word embeddings together, because similarity of words is
    read from them too; tokens count by the square root of their frequency.
    """
    seen = counts > SEEN
    shift = (sums[seen] / counts[seen, None]).mean(0) - alone[seen].mean(0)
    mean = (sums + ALONE_COUNT * (alone + shift)) / (counts + ALONE_COUNT)[:, None]
    importance = torch.sqrt(counts + 1)[:, None]

    def centred(values: Tensor) -> tuple[Tensor, Tensor]:
        centre = (values * importance).sum(0) / importance.sum()
        return values - centre, centre

    (states, centre), (embeddings, _) = centred(mean), centred(words)
    share = WORD_SHARE * states.norm(dim=1).mean() / embeddings.norm(dim=1).mean()
    both = torch.cat([states, embeddings * share], 1)
    scaled = both * importance
    _, vectors = torch.linalg.eigh((scaled.T @ scaled).double())
    rows = both @ vectors[:, -DIMENSIONS:].float()
    up = torch.linalg.lstsq(rows * importance, states * importance).solution.T
    return StartingTable(rows, up, centre)


STATE_SHARE = 2.0  # of the mean state in a vector when the second phase begins; the best of ten values on training texts


@torch.no_grad()
def meet_states(model: Nano, start: StartingTable, counts: Tensor) -> None:
    """Between the phases: the first one moved the rows, so the matrix that makes states of them is fitted anew, and the
    mean state enters the vectors."""
    importance = torch.sqrt(counts + 1)[:, None]
    wanted = start.rows @ start.up.T + start.centre
    rows = torch.cat([model.table, torch.ones(len(counts), 1)], 1)
    solution = torch.linalg.lstsq(rows * importance, wanted * importance).solution
    model.up.weight.copy_(solution[:-1].T)
    model.up.bias.copy_(solution[-1])
    model.state_straight.weight.copy_(torch.eye(HIDDEN) * STATE_SHARE)
