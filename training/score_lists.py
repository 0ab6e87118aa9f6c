"""Scores the best passages of a bi-encoder's vectors for a sample of a collection's questions, by each of some ONNX graphs.

    python score_lists.py work/collections/nq_dev --vectors work/vectors --output work/lists/nq_dev.npz \\
        --graph small=small.onnx --graph nano=nano.onnx [--sample 200] [--seconds 300]

The lists and the scores lie in one file, so that orders and blends are compared without computing anything again. A graph is
one that the product runs: "secondpass optimize small --precision int8" prints where it lies. Resumable: run it again.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import onnx
import telemetry_off  # noqa: F401, before onnxruntime
import onnxruntime
from tokenizers import Tokenizer

from data import Collection, read_collection, read_lines
from evaluate import padded
from steps import write_atomically

DEPTH = 100
# The same for small and nano.
PAIR_TOKENIZER = Path(__file__).resolve().parent / ".." / "packages" / "models" / "models" / "small" / "tokenizer.json"
PAIR_TOKENS = 512
TOKENS_PER_BATCH = 2048


def read_vectors(folder: Path) -> np.ndarray:
    """All of them, or those of the parts that are done."""
    if (folder / "vectors.npy").exists():
        return np.load(folder / "vectors.npy")
    return np.concatenate([np.load(part) for part in sorted(folder.glob("part-*.npy"))])


def nearest(queries: np.ndarray, passages: np.ndarray, chosen: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """The exact cosine's best passages of the chosen queries, int32 [chosen, depth], and their cosines."""
    cosines = queries[chosen] @ passages.T
    found = np.argsort(-cosines, axis=1, kind="stable")[:, :depth]
    return found.astype(np.int32), np.take_along_axis(cosines, found, axis=1)


def open_scorer(path: Path) -> onnxruntime.InferenceSession:
    """The graph with its signals (what signal_weights multiplies) as a second output, [pairs, signals]."""
    graph = onnx.load(str(path))
    weighing = [node for node in graph.graph.node if "signal_weights" in node.input]
    # nano first makes the weights of the query's length; what they then multiply is the Concat beside them.
    concats = {node.output[0] for node in graph.graph.node if node.op_type == "Concat"}
    users = weighing + [node for node in graph.graph.node if weighing[0].output[0] in node.input]
    signals = next(name for node in users for name in node.input if name in concats)
    graph.graph.node.append(onnx.helper.make_node("Identity", [signals], ["signals"]))
    graph.graph.output.append(onnx.helper.make_tensor_value_info("signals", onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(graph.SerializeToString(), options)


def score_pairs(session: onnxruntime.InferenceSession, tokenizer: Tokenizer, query: str,
                passages: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits [passages], signals [passages, signals] and the passages' tokens [passages]; a pair is cut at its end."""
    pairs = tokenizer.encode_batch([(query, passage) for passage in passages])
    order = sorted(range(len(pairs)), key=lambda index: len(pairs[index].ids))
    logits: list[np.ndarray] = [np.empty(0)] * len(pairs)
    signals: list[np.ndarray] = [np.empty(0)] * len(pairs)
    first = 0
    while first < len(order):
        count = max(1, TOKENS_PER_BATCH // len(pairs[order[min(first + 3, len(order) - 1)]].ids))
        rows = order[first:first + count]
        first += count
        found = session.run(["logits", "signals"], padded([pairs[row] for row in rows]))
        for row, logit, parts in zip(rows, *found):
            logits[row], signals[row] = logit[0], parts
    return np.array(logits), np.stack(signals), np.array([sum(pair.type_ids) - 2 for pair in pairs])


def sampled(collection: Collection, sample: int | None) -> np.ndarray:
    chosen = np.arange(len(collection.queries))
    if sample is not None and sample < len(chosen):
        chosen = np.sort(np.random.default_rng(1).choice(chosen, sample, replace=False))
    return chosen


def open_lists(collection: Collection, arguments: argparse.Namespace) -> dict[str, np.ndarray]:
    """What the output holds already, or new lists: chosen [questions], and the candidates' places and cosines [questions, DEPTH]."""
    if arguments.output.exists():
        return dict(np.load(arguments.output))
    name = arguments.collection.name
    queries, passages = (read_vectors(arguments.vectors / f"{name}-{kind}") for kind in ("queries", "corpus"))
    # The collection leaves out queries without a relevant passage; their vectors are there.
    row_of = {line["text"]: row for row, line in enumerate(read_lines(arguments.collection / "queries.jsonl"))}
    queries = queries[[row_of[text] for text in collection.queries]]
    chosen = sampled(collection, arguments.sample)
    candidates, cosines = nearest(queries, passages[:arguments.passages], chosen, DEPTH)
    return {"chosen": chosen, "candidates": candidates, "cosine": cosines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--vectors", type=Path, required=True, help="folder of NAME-queries and NAME-corpus")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--graph", action="append", default=[], help="NAME=FILE")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--passages", type=int, help="search the first of the corpus only, where the right ones come first")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    arguments = parser.parse_args()
    started = time.time()
    collection = read_collection(arguments.collection)
    name = arguments.collection.name
    kept = open_lists(collection, arguments)
    tokenizer = Tokenizer.from_file(str(PAIR_TOKENIZER))
    tokenizer.enable_truncation(PAIR_TOKENS, strategy="only_second")
    for graph in arguments.graph:
        scorer, file = graph.split("=", 1)
        scores = kept.setdefault(scorer, np.full(kept["candidates"].shape, np.nan, dtype=np.float32))
        session = open_scorer(Path(file))
        for row in np.flatnonzero(np.isnan(scores[:, 0])):
            if time.time() - started > arguments.seconds:
                break
            texts = [collection.passages[passage] for passage in kept["candidates"][row]]
            scores[row], signals, tokens = score_pairs(session, tokenizer, collection.queries[kept["chosen"][row]], texts)
            shape = (*scores.shape, signals.shape[1])
            kept.setdefault(f"{scorer}_signals", np.full(shape, np.nan, dtype=np.float32))[row] = signals
            kept.setdefault("tokens", np.zeros(scores.shape, dtype=np.int32))[row] = tokens
        write_atomically(arguments.output, lambda path: np.savez(path, **kept))
        print(f"{name} {scorer}: {int((~np.isnan(scores[:, 0])).sum())} of {len(scores)} questions, {time.time() - started:.0f} s",
              flush=True)


if __name__ == "__main__":
    main()
