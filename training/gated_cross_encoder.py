"""A cross-encoder that starts as the bi-encoder.

[CLS] query [SEP] [CLS] passage [SEP]; positions restart at the passage; both parts are of token type 0. In the lower
layers the parts don't see each other (so a passage's lower states don't depend on the query: PreTTR, MacAvaney et al.
2020; DeFormer, Cao et al. 2020); in the upper layers attention between the parts has an additive bias per head and
direction, the gate. With -10000 a gate is closed, as all of them are in what ships: there the parts meet in the signals
alone. joint_layers.py measures open ones.
"""
import math
from collections.abc import Iterable

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from starting_weights import HEADS, HIDDEN, LAYER_NORM_EPSILON, LAYERS, load_starting_weights

CLOSED = -1e4
CLASS_TOKEN, SEPARATOR_TOKEN, PADDING_TOKEN = 101, 102, 0


class Layer(nn.Module):
    """One post-norm transformer layer of BERT."""

    def __init__(self, tensors: dict[str, Tensor], index: int):
        super().__init__()

        def linear(name: str) -> nn.Linear:
            weight = tensors[f"encoder.layer.{index}.{name}.weight"]
            module = nn.Linear(weight.shape[1], weight.shape[0])
            module.load_state_dict({"weight": weight, "bias": tensors[f"encoder.layer.{index}.{name}.bias"]})
            return module

        def norm(name: str) -> nn.LayerNorm:
            module = nn.LayerNorm(HIDDEN, eps=LAYER_NORM_EPSILON)
            module.load_state_dict({kind: tensors[f"encoder.layer.{index}.{name}.{kind}"] for kind in ("weight", "bias")})
            return module

        self.query = linear("attention.self.query")
        self.key = linear("attention.self.key")
        self.value = linear("attention.self.value")
        self.attention_output = linear("attention.output.dense")
        self.attention_norm = norm("attention.output.LayerNorm")
        self.inner = linear("intermediate.dense")
        self.output = linear("output.dense")
        self.output_norm = norm("output.LayerNorm")

    def forward(self, states: Tensor, query_extra: Tensor | None, key_extra: Tensor) -> Tensor:
        """states [B, S, H]; the extras add sum over e of query_extra[.., i, e] * key_extra[.., j, e] to the logit of i, j.

        query_extra is [B or 1, heads, S, E] (None: all ones) and key_extra [B, 1, S, E]. As further entries of the query
        and key vectors they cost next to nothing, where a mask [B, heads, S, S] with a gradient costs more than the layer.
        """
        batch, length, hidden = states.shape
        size = hidden // HEADS

        def split(values: Tensor) -> Tensor:
            return values.view(batch, length, HEADS, size).transpose(1, 2)

        query, key, value = split(self.query(states)), split(self.key(states)), split(self.value(states))
        extra = key_extra.shape[-1]
        if query_extra is None:
            query_extra = torch.ones(1, 1, length, extra, device=states.device)
        shape = (batch, HEADS, length, extra)
        query = torch.cat([query / math.sqrt(size), query_extra.to(query.dtype).expand(shape)], 3)
        key = torch.cat([key, key_extra.to(key.dtype).expand(shape)], 3)
        mixed = torch.softmax(query @ key.transpose(2, 3), dim=3).to(value.dtype) @ value
        states = self.attention_norm(self.attention_output(mixed.transpose(1, 2).reshape(batch, length, hidden)) + states)
        return self.output_norm(self.output(functional.gelu(self.inner(states))) + states)


class Encoder(nn.Module):
    """all-MiniLM-L6-v2 on single texts."""

    def __init__(self, tensors: dict[str, Tensor] | None = None):
        super().__init__()
        tensors = tensors if tensors is not None else load_starting_weights()
        self.words = nn.Parameter(tensors["embeddings.word_embeddings.weight"].clone())
        self.positions = nn.Parameter(tensors["embeddings.position_embeddings.weight"]
                                      + tensors["embeddings.token_type_embeddings.weight"][:1])
        self.norm = nn.LayerNorm(HIDDEN, eps=LAYER_NORM_EPSILON)
        self.norm.load_state_dict({kind: tensors[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")})
        self.layers = nn.ModuleList(Layer(tensors, index) for index in range(LAYERS))

    def embed(self, ids: Tensor) -> Tensor:
        """ids [B, S] of single texts, so positions count from 0: [B, S, H]."""
        return self.norm(functional.embedding(ids, self.words) + self.positions[: ids.shape[1]])

    def forward(self, ids: Tensor, mask: Tensor, keep: int) -> tuple[Tensor, Tensor]:
        """States after `keep` layers [B, S, H], and the sentence embedding [B, H] (mean, L2-normalised)."""
        kept = through(self.layers[:keep], self.embed(ids), mask)
        return kept, mean_direction(through(self.layers[keep:], kept, mask), mask)


def through(layers: Iterable[Layer], states: Tensor, mask: Tensor) -> Tensor:
    """States [B, S, H] of single texts after these layers."""
    padding = ((1 - mask) * CLOSED)[:, None, :, None]
    for layer in layers:
        states = layer(states, None, padding)
    return states


def mean_direction(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of states [B, S, H] over mask [B, S], L2-normalised: [B, H]."""
    return functional.normalize((states * mask[..., None]).sum(1).float(), dim=1)


CLOSED_LAYERS = 4
MEAN_PASSAGE_TOKENS = 100.0
# The signals that the score adds up, in this order.
SIGNALS = ("cosine", "match", "bigram", "word_similarity", "lower_similarity", "upper_similarity")
# Before any training: the bi-encoder's scale of 20 for the gated cosine, and round numbers for the rest.
STARTING_SIGNAL_WEIGHTS = (20.0, 4.0, 2.0, 5.0, 5.0, 5.0)


def content(ids: Tensor, mask: Tensor) -> Tensor:
    """1.0 for the tokens that carry text: not padding, not [CLS], not [SEP]."""
    return mask * ((ids != CLASS_TOKEN) & (ids != SEPARATOR_TOKEN)).to(mask.dtype)


# ids int64 [N, S], states after the lower layers fp32 [N, S, H], mask fp32 [N, S].
Texts = tuple[Tensor, Tensor, Tensor]


class GatedCrossEncoder(nn.Module):
    """Scores pairs from the states of the closed lower layers (lower_states.py).

    The score is a weighted sum of six signals of a query q and a passage p:
      cosine            of the two parts' mean states after the last (gated) layer;
      match             BM25's saturated count of q's tokens in p, per token of q, averaged by token weight;
      bigram            the share of q's neighbouring token pairs that are neighbours in p too, by token weight;
      word_similarity, lower_similarity, upper_similarity
                        late interaction (ColBERT, Khattab and Zaharia 2020): each token of q takes its best cosine in p,
                        averaged by token weight: on word embeddings, on the closed states, on the last states.
    A token's weight is its inverse document frequency times a learned factor between 0 and 2 of its closed state.
    """

    def __init__(self, encoder: Encoder, inverse_frequency: Tensor, closed_layers: int = CLOSED_LAYERS, gate: float = CLOSED):
        super().__init__()
        self.register_buffer("words", encoder.words.detach().clone(), persistent=False)
        self.register_buffer("inverse_frequency", inverse_frequency, persistent=False)
        self.layers = nn.ModuleList(encoder.layers[closed_layers:])
        self.register_buffer("gates", torch.full((LAYERS - closed_layers, HEADS, 2), gate), persistent=False)
        self.signal_weights = nn.Parameter(torch.tensor(STARTING_SIGNAL_WEIGHTS))
        self.offset = nn.Parameter(torch.zeros(()))
        self.token_factor = nn.Parameter(torch.zeros(HIDDEN))
        # Half of the final count at this many occurrences (k1), and how much a long passage raises it (b).
        self.saturation = nn.Parameter(torch.tensor(0.9))
        self.length_share = nn.Parameter(torch.tensor(0.4))

    def signals(self, query: Texts, passage: Texts) -> Tensor:
        """Signals [N, 6] of pairs."""
        return self.compared(query, passage, *self.upper_states(query, passage))

    def upper_states(self, query: Texts, passage: Texts) -> tuple[Tensor, Tensor]:
        """The last states of the query's and of the passage's tokens, fp32 [N, S, H]."""
        (_, query_states, query_mask), (_, passage_states, passage_mask) = query, passage
        width = query_mask.shape[1]
        states = torch.cat([query_states, passage_states], 1)
        mask = torch.cat([query_mask, passage_mask], 1)
        second = torch.cat([torch.zeros_like(query_mask), torch.ones_like(passage_mask)], 1)
        # Attention logits get the gate where query looks at passage or passage at query, and -10000 on padding.
        key_extra = torch.stack([second, 1 - second, (1 - mask) * CLOSED], 2)[:, None]
        for layer, gate in zip(self.layers, self.gates):
            query_extra = torch.stack([(1 - second)[:, None] * gate[:, 0, None], second[:, None] * gate[:, 1, None],
                                       torch.ones_like(second)[:, None].expand(-1, HEADS, -1)], 3)
            states = layer(states, query_extra, key_extra)
        states = states.float()
        return states[:, :width], states[:, width:]

    def compared(self, query: Texts, passage: Texts, query_upper: Tensor, passage_upper: Tensor) -> Tensor:
        """Signals [N, 6] of pairs whose last states are known."""
        query_ids, query_states, query_mask = query
        passage_ids, passage_states, passage_mask = passage
        query_content, passage_content = content(query_ids, query_mask), content(passage_ids, passage_mask)
        passage_length = passage_content.sum(1, keepdim=True)

        factor = 2 * torch.sigmoid(query_states @ self.token_factor)
        weights = self.inverse_frequency[query_ids] * factor * query_content
        share = weights / (weights.sum(1, keepdim=True) + 1e-6)

        same = (query_ids[:, :, None] == passage_ids[:, None, :]).to(weights.dtype)
        same = same * query_content[:, :, None] * passage_content[:, None, :]
        counts = same.sum(2)
        match = (share * counts / (counts + self.count_norm(passage_length))).sum(1)

        neighbours = (same[:, :-1, :-1] * same[:, 1:, 1:]).amax(2)
        pair_weights = torch.sqrt(weights[:, :-1] * weights[:, 1:] + 1e-12) * query_content[:, :-1] * query_content[:, 1:]
        bigram = (pair_weights * neighbours).sum(1) / (pair_weights.sum(1) + 1e-6)

        def best_similarity(left: Tensor, right: Tensor) -> Tensor:
            similar = functional.normalize(left, dim=2) @ functional.normalize(right, dim=2).transpose(1, 2)
            highest = (similar + (passage_content[:, None, :] - 1) * 4).amax(2).clamp_min(-1)
            return (share * highest).sum(1)

        word_similarity = best_similarity(self.words[query_ids], self.words[passage_ids])
        lower_similarity = best_similarity(query_states, passage_states)

        cosine = (mean_direction(query_upper, query_mask) * mean_direction(passage_upper, passage_mask)).sum(1)
        upper_similarity = best_similarity(query_upper, passage_upper)
        return torch.stack([cosine, match, bigram, word_similarity, lower_similarity, upper_similarity], 1)

    def count_norm(self, length: Tensor) -> Tensor:
        """BM25's norm n of passages with these many tokens: a token's count c gives c / (c + n)."""
        return self.saturation * (1 - self.length_share + self.length_share * length / MEAN_PASSAGE_TOKENS)

    def forward(self, query: Texts, passage: Texts) -> Tensor:
        """Logits [N]."""
        return self.logits_of(self.signals(query, passage))

    def logits_of(self, signals: Tensor) -> Tensor:
        return signals @ self.signal_weights + self.offset
