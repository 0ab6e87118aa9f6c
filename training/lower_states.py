"""Runs the closed lower layers once per text and keeps their states, so that training pays for the upper layers only."""
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from arithmetic import fastest_products
from gated_cross_encoder import Encoder, Layer, through
from starting_weights import HIDDEN

TOKENS_PER_BATCH = 4096
TEXTS_PER_PART = 250
# Of the upper layers: few, because texts of a batch are padded.
TEXTS_PER_BATCH = 20


@dataclass
class TextStates:
    """Texts one behind the other: text i owns rows start[i]:start[i + 1] of ids and states."""

    ids: np.ndarray  # int32 [tokens]
    states: np.ndarray  # fp16 [tokens, hidden]: after the closed layers
    start: np.ndarray  # int64 [texts + 1]
    embeddings: np.ndarray  # fp32 [texts, hidden]: the bi-encoder's

    def save(self, folder: Path) -> None:
        """One .npy file per array; the folder appears when all are written."""
        temporary = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for name in ("ids", "states", "start", "embeddings"):
            np.save(temporary / f"{name}.npy", getattr(self, name))
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)

    @classmethod
    def load(cls, folder: Path) -> "TextStates":
        """The states, by far the largest array, stay on disk and are read where they are touched."""
        return cls(np.load(folder / "ids.npy"), np.load(folder / "states.npy", mmap_mode="r"),
                   np.load(folder / "start.npy"), np.load(folder / "embeddings.npy"))

    def __len__(self) -> int:
        return len(self.start) - 1

    def batch(self, indices: list[int] | np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """ids int64 [B, S], states fp32 [B, S, H], mask fp32 [B, S] of the texts, padded at the end."""
        lengths = [int(self.start[i + 1] - self.start[i]) for i in indices]
        ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
        states = torch.zeros(len(lengths), max(lengths), HIDDEN)
        mask = torch.zeros(len(lengths), max(lengths))
        for row, (i, length) in enumerate(zip(indices, lengths)):
            here = slice(int(self.start[i]), int(self.start[i]) + length)
            ids[row, :length] = torch.from_numpy(self.ids[here].astype(np.int64))
            states[row, :length] = torch.from_numpy(self.states[here].astype(np.float32))
            mask[row, :length] = 1
        return ids, states, mask


@torch.no_grad()
def compute_states(encoder: Encoder, tokenizer: Tokenizer, texts: list[str], max_tokens: int, keep: int,
                   device: str = "cpu", half: bool = False) -> TextStates:
    """Texts cut at max_tokens; keep is the number of closed layers; half computes in bfloat16 where the device has it (for training only)."""
    tokens = []
    for text in tokenizer.encode_batch(texts):
        ids = text.ids
        tokens.append(ids if len(ids) <= max_tokens else ids[: max_tokens - 1] + ids[-1:])
    lengths = np.array([len(ids) for ids in tokens])
    start = np.concatenate([[0], np.cumsum(lengths)])
    flat = np.concatenate([np.array(ids, dtype=np.int32) for ids in tokens])
    states = np.empty((start[-1], HIDDEN), dtype=np.float16)
    embeddings = np.empty((len(texts), HIDDEN), dtype=np.float32)
    order = np.argsort(lengths, kind="stable")
    position = 0
    while position < len(order):
        count = max(1, TOKENS_PER_BATCH // int(lengths[order[position]]))
        rows = order[position: position + count]
        position += len(rows)
        width = int(lengths[rows].max())
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros(len(rows), width)
        for row, text in enumerate(rows):
            ids[row, : lengths[text]] = torch.tensor(tokens[text])
            mask[row, : lengths[text]] = 1
        with fastest_products(device, half):
            kept, embedding = encoder(ids.to(device), mask.to(device), keep)
        kept = kept.half().cpu().numpy()
        embeddings[rows] = embedding.float().cpu().numpy()
        for row, text in enumerate(rows):
            states[start[text]: start[text + 1]] = kept[row, : lengths[text]]
    return TextStates(flat, states, start, embeddings)


@torch.no_grad()
def last_states(layers: Iterable[Layer], texts: TextStates, chosen: np.ndarray | None = None,
                device: str = "cpu") -> TextStates:
    """The chosen texts' states after the upper layers (all texts', if none are chosen), in texts' places; the others' are 0.

    With closed gates a text's last states do not depend on the text beside it.
    """
    found = np.zeros(texts.states.shape, dtype=np.float16)
    chosen = np.arange(len(texts)) if chosen is None else chosen
    chosen = chosen[np.argsort(texts.start[chosen + 1] - texts.start[chosen], kind="stable")]
    for rows in np.split(chosen, range(TEXTS_PER_BATCH, len(chosen), TEXTS_PER_BATCH)):
        _, states, mask = (part.to(device) for part in texts.batch(rows))
        states = through(layers, states, mask).half().cpu().numpy()
        for row, text in zip(states, rows):
            found[texts.start[text]:texts.start[text + 1]] = row[:texts.start[text + 1] - texts.start[text]]
    return TextStates(texts.ids, found, texts.start, texts.embeddings)


def states_in_parts(compute: Callable[[list[str]], TextStates], texts: list[str], folder: Path,
                    size: int = TEXTS_PER_PART) -> None:
    """Saves the texts' states in folder, by way of parts that a later call need not repeat."""
    parts = folder.with_name(f"{folder.name}-parts")
    for first in range(0, len(texts), size):
        if not (parts / f"{first:06d}").exists():
            compute(texts[first:first + size]).save(parts / f"{first:06d}")
            print(f"{folder.parent.name} {folder.name}: {min(first + size, len(texts))} of {len(texts)} texts", flush=True)
    loaded = [TextStates.load(parts / f"{first:06d}") for first in range(0, len(texts), size)]
    offsets = np.cumsum([0] + [part.start[-1] for part in loaded])
    starts = [part.start[1:] + offset for part, offset in zip(loaded, offsets)]
    TextStates(np.concatenate([part.ids for part in loaded]), np.concatenate([part.states for part in loaded]),
               np.concatenate([[0], *starts]), np.concatenate([part.embeddings for part in loaded])).save(folder)
    shutil.rmtree(parts)
