"""Embeds the texts of a JSONL file with a bi-encoder's ONNX graph, in resumable parts: vectors.npy appears when all are done.

    python embed_corpus.py collection/corpus.jsonl --graph model.onnx --output folder [--tokens 256] [--seconds 300]
"""
import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import telemetry_off  # noqa: F401, before onnxruntime
import onnxruntime

from data import joined, read_lines
from starting_weights import load_tokenizer
from steps import write_atomically

TEXTS_PER_PART = 4000
TOKENS_PER_BATCH = 2048


def embed(session: onnxruntime.InferenceSession, texts: list[str], max_tokens: int) -> np.ndarray:
    """Mean of the last states, of length one: fp32 [texts, hidden]."""
    tokenizer = load_tokenizer()
    tokenizer.enable_truncation(max_tokens)
    tokens = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
    vectors: list[np.ndarray] = [np.empty(0)] * len(texts)
    first = 0
    while first < len(order):
        count = max(1, TOKENS_PER_BATCH // len(tokens[order[min(first + 7, len(order) - 1)]]))
        rows = order[first:first + count]
        first += count
        width = len(tokens[rows[-1]])
        ids = np.array([tokens[row] + [0] * (width - len(tokens[row])) for row in rows], dtype=np.int64)
        mask = np.array([[1] * len(tokens[row]) + [0] * (width - len(tokens[row])) for row in rows], dtype=np.int64)
        states = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": mask,
                                                     "token_type_ids": np.zeros_like(ids)})[0]
        summed = (states * mask[:, :, None]).sum(1)
        for row, vector in zip(rows, summed / np.linalg.norm(summed, axis=1, keepdims=True)):
            vectors[row] = vector
    return np.stack(vectors).astype(np.float32)


def open_graph(path: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options)


def embed_in_parts(texts: list[str], embed_part: Callable[[list[str]], np.ndarray], folder: Path,
                   seconds: float = float("inf"), size: int = TEXTS_PER_PART) -> bool:
    """Writes folder/vectors.npy, [texts, hidden], by way of parts that a later call need not repeat.

    Begins no new part after so many seconds; whether all is done.
    """
    started = time.time()
    parts = []
    for first in range(0, len(texts), size):
        part = folder / f"part-{first:06d}.npy"
        parts.append(part)
        if part.exists():
            continue
        if time.time() - started > seconds:
            return False
        vectors = embed_part(texts[first:first + size])
        write_atomically(part, lambda path: np.save(path, vectors))
        print(f"{folder.name}: {first + len(vectors)} of {len(texts)} after {time.time() - started:.0f} s", flush=True)
    whole = np.concatenate([np.load(part) for part in parts])
    write_atomically(folder / "vectors.npy", lambda path: np.save(path, whole))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no new part after this time")
    arguments = parser.parse_args()
    session = open_graph(arguments.graph)
    texts = [joined(line.get("title", ""), line["text"]) for line in read_lines(arguments.texts)]
    embed_in_parts(texts, lambda part: embed(session, part, arguments.tokens), arguments.output, arguments.seconds)


if __name__ == "__main__":
    main()
