"""A cross-encoder's directory in Python: pairs, token ids and scores as secondpass makes them."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

# Padded tokens in one run of the graph: larger batches are no faster on a processor.
TOKENS_PER_BATCH = 2048


class CrossEncoder:
    """
    Scores a query with each of its passages.

    directory: with config.json, tokenizer.json and onnx/. graph: an ONNX file in place of the directory's own, such as the one
    that `secondpass optimize small --precision int8` writes: the graph that secondpass itself runs.
    """

    def __init__(self, directory: str, graph: str | None = None, threads: int = 1, max_query_share: float = 0.5):
        folder = Path(directory)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        files = [graph] if graph else [folder / "onnx" / name for name in ("model.onnx", "model_quantized.onnx")]
        file = next((file for file in files if Path(file).is_file()), None)
        if file is None:
            raise FileNotFoundError(f"There is no ONNX graph at {' or '.join(map(str, files))}.")
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._inputs = [tensor.name for tensor in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._padding = config.get("pad_token_id", 0)
        room = config["max_position_embeddings"] - self._tokenizer.num_special_tokens_to_add(is_pair=True)
        self._room = room
        self._query_room = max(1, int(room * max_query_share))

    def score(self, query: str, passages: list[str]) -> np.ndarray:
        """Logits [passages], in input order."""
        pairs = self._pairs(query, passages)
        logits = np.empty(len(pairs), dtype=np.float32)
        # Pairs of about one length together, so that little is padded.
        order = sorted(range(len(pairs)), key=lambda index: len(pairs[index].ids), reverse=True)
        while order:
            count = max(1, TOKENS_PER_BATCH // len(pairs[order[0]].ids))
            rows, order = order[:count], order[count:]
            logits[rows] = self._session.run(None, self._feeds([pairs[row] for row in rows]))[0][:, 0]
        return logits

    def _pairs(self, query: str, passages: list[str]) -> list[Encoding]:
        """A query may take half of a pair; then the passage is cut at its end."""
        first, *rest = self._tokenizer.encode_batch([query, *passages], add_special_tokens=False)
        first.truncate(self._query_room)
        room = self._room - len(first.ids)
        for passage in rest:
            passage.truncate(room)
        return [self._tokenizer.post_process(first, passage) for passage in rest]

    def _feeds(self, pairs: list[Encoding]) -> dict[str, np.ndarray]:
        shape = len(pairs), len(pairs[0].ids)
        columns = {"input_ids": np.full(shape, self._padding, dtype=np.int64)}
        columns |= {name: np.zeros(shape, dtype=np.int64) for name in ("attention_mask", "token_type_ids")}
        for row, pair in enumerate(pairs):
            tokens = len(pair.ids)
            columns["input_ids"][row, :tokens] = pair.ids
            columns["attention_mask"][row, :tokens] = 1
            columns["token_type_ids"][row, :tokens] = pair.type_ids
        return {name: columns[name] for name in self._inputs}


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """The score in [0, 1] of a logit."""
    return 1 / (1 + np.exp(-logits.astype(np.float64)))
