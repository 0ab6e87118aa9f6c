"""The teacher's view of every text: the bi-encoder's states after layers 4 and 6, kept as int8 directions.

With its gates closed, `small` scores a pair from these alone: one run of the encoder per text, and then a pair costs a
few dot products. So a list of teacher scores costs next to nothing, and training can draw new lists for ever.
"""
import copy
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from tokenizers import Tokenizer
from torch import Tensor

from arithmetic import fastest_type
from gated_cross_encoder import CLOSED, CLOSED_LAYERS, Encoder, Layer, mean_direction
from starting_weights import HEADS, HIDDEN

TOKENS_PER_BATCH = 2048
INT8 = 127.0
TABLE_LAYERS = 5  # the states that nano's table starts from


@dataclass
class TokenStates:
    """Texts one behind the other: text i owns rows start[i]:start[i + 1] of ids and states."""

    ids: np.ndarray  # int32 [tokens]
    lower: np.ndarray  # int8 [tokens, hidden]: direction after the closed layers, times 127
    upper: np.ndarray  # int8 [tokens, hidden]: direction after the last layer
    start: np.ndarray  # int64 [texts + 1]
    embeddings: np.ndarray  # fp32 [texts, hidden]: the bi-encoder's
    sums: np.ndarray  # fp32 [vocabulary, hidden]: sum of a token's states after TABLE_LAYERS layers
    counts: np.ndarray  # fp32 [vocabulary]: how many there were

    def save(self, folder: Path) -> None:
        """One .npy file per array; the folder appears when all are written."""
        temporary = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for name, values in vars(self).items():
            np.save(temporary / f"{name}.npy", values)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)

    @classmethod
    def load(cls, folder: Path) -> "TokenStates":
        """The states, by far the largest arrays, stay on disk and are read where they are touched."""
        return cls(**{name: np.load(folder / f"{name}.npy", mmap_mode="r" if name in ("lower", "upper") else None)
                      for name in cls.__dataclass_fields__})

    def __len__(self) -> int:
        return len(self.start) - 1

    def rows(self, indices: np.ndarray, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers [B, S] of the texts' tokens (0 where there is none) and whether there is one, bool [B, S].

        S is width, or else the longest text's.
        """
        lengths = self.start[indices + 1] - self.start[indices]
        places = np.arange(width or lengths.max())[None, :]
        real = places < lengths[:, None]
        return np.where(real, self.start[indices][:, None] + places, 0), real

    def batch(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        """ids int64 [B, S] and mask fp32 [B, S], padded at the end."""
        rows, real = self.rows(indices)
        ids = np.where(real, self.ids[rows], 0).astype(np.int64)
        return torch.from_numpy(ids), torch.from_numpy(real.astype(np.float32))

    def directions(self, indices: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        """Lower and upper directions fp32 [B, width, H]; what stands at padding means nothing."""
        rows, _ = self.rows(indices, width)
        lower, upper = (functional.normalize(torch.from_numpy(states[rows]).float(), dim=2)
                        for states in (self.lower, self.upper))
        return lower, upper


def closed_layer(layer: Layer, states: Tensor, mask: Tensor) -> Tensor:
    """The layer of single texts, in the states' own precision."""
    batch, length, _ = states.shape

    def split(values: Tensor) -> Tensor:
        return values.view(batch, length, HEADS, HIDDEN // HEADS).transpose(1, 2)

    query, key, value = split(layer.query(states)), split(layer.key(states)), split(layer.value(states))
    padding = ((1 - mask) * CLOSED)[:, None, None, :]
    attention = torch.softmax((query @ key.transpose(2, 3)).float() * (HIDDEN // HEADS) ** -0.5 + padding, dim=3)
    mixed = attention.to(value.dtype) @ value
    states = layer.attention_norm(layer.attention_output(mixed.transpose(1, 2).reshape(batch, length, HIDDEN)) + states)
    return layer.output_norm(layer.output(functional.gelu(layer.inner(states))) + states)


@torch.no_grad()
def compute_token_states(encoder: Encoder, tokenizer: Tokenizer, texts: list[str], max_tokens: int,
                         device: str = "cpu") -> TokenStates:
    """Texts cut at max_tokens; weights and states in the type that the device is fastest in."""
    encoder = copy.deepcopy(encoder).to(device, fastest_type(device))
    tokens = [encoding.ids if len(encoding.ids) <= max_tokens else encoding.ids[: max_tokens - 1] + encoding.ids[-1:]
              for encoding in tokenizer.encode_batch(texts)]
    lengths = np.array([len(ids) for ids in tokens])
    start = np.concatenate([[0], np.cumsum(lengths)])
    lower, upper = (np.empty((start[-1], HIDDEN), dtype=np.int8) for _ in range(2))
    embeddings = np.empty((len(texts), HIDDEN), dtype=np.float32)
    sums, counts = np.zeros((len(encoder.words), HIDDEN), dtype=np.float32), np.zeros(len(encoder.words), dtype=np.float32)
    order = np.argsort(-lengths, kind="stable")
    position = 0
    while position < len(order):
        rows = order[position: position + max(1, TOKENS_PER_BATCH // int(lengths[order[position]]))]
        position += len(rows)
        width = int(lengths[rows].max())
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros(len(rows), width)
        for row, text in enumerate(rows):
            ids[row, : lengths[text]] = torch.tensor(tokens[text])
            mask[row, : lengths[text]] = 1
        states = encoder.embed(ids.to(device))
        after = {}
        for index, layer in enumerate(encoder.layers):
            states = closed_layer(layer, states, mask.to(device))
            after[index + 1] = states.float().cpu()
        last = after[len(encoder.layers)]
        embeddings[rows] = mean_direction(last, mask).numpy()
        real = mask.bool()
        np.add.at(sums, ids[real].numpy(), after[TABLE_LAYERS][real].numpy())
        np.add.at(counts, ids[real].numpy(), 1)
        for target, values in ((lower, after[CLOSED_LAYERS]), (upper, last)):
            directions = (functional.normalize(values, dim=2) * INT8).round().to(torch.int8).numpy()
            for row, text in enumerate(rows):
                target[start[text]: start[text + 1]] = directions[row, : lengths[text]]
    flat = np.concatenate([np.array(ids, dtype=np.int32) for ids in tokens])
    return TokenStates(flat, lower, upper, start, embeddings, sums, counts)


@torch.no_grad()
def states_alone(encoder: Encoder) -> Tensor:
    """Each token's last state when it is a text's only token, fp32 [vocabulary, H]."""
    encoder = encoder.float()
    found = []
    for ids in torch.arange(len(encoder.words)).split(TOKENS_PER_BATCH):
        states = encoder.embed(torch.stack([torch.full_like(ids, 101), ids, torch.full_like(ids, 102)], 1))
        for layer in encoder.layers:
            states = closed_layer(layer, states, torch.ones(len(ids), 3))
        found.append(states[:, 1])
    return torch.cat(found)
