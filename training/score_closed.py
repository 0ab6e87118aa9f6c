"""Scores the best passages of a bi-encoder's vectors by cross-encoders whose gates are closed, one run of the encoder per text.

    python score_closed.py work/collections/nq_dev --vectors work/vectors --work work --output work/lists/nq_dev.npz \\
        --model start= --model trained=work/checkpoints/step-002000.pt,work/checkpoints/step-002040.pt [--share 1] \\
        --model shipped=../packages/models/models/small

Without attention between query and passage, a pair costs a few products of states that each text has once, so a whole
collection takes the time of a few questions with open gates. The lists and the scores are kept as score_lists.py keeps them.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from tokenizers import Tokenizer

from checkpoint_graph import mixed_model
from data import read_collection
from every_pair import Parts, signals_of_every_pair, token_weights
from freed_memory import keep_freed_memory
from gated_cross_encoder import Encoder, GatedCrossEncoder, content, through
from model_directory import with_layers
from score_lists import PAIR_TOKENIZER, PAIR_TOKENS, open_lists
from shipped_small import read_small
from starting_weights import load_starting_weights
from steps import write_atomically
from token_states import TokenStates, compute_token_states

QUERY_TOKENS = 64


def open_model(source: str, work: Path, share: float, begin: Path | None) -> tuple[Encoder, GatedCrossEncoder]:
    """A directory's model, or that of some checkpoints; and its encoder, upper layers included."""
    if source and Path(source).is_dir():
        tensors, model = read_small(Path(source))
    else:
        tensors = load_starting_weights()
        model = mixed_model([Path(path) for path in source.split(",") if path], work, share, begin).eval()
    return Encoder(with_layers(tensors, model)).eval(), model


@torch.no_grad()
def weights_of(model: GatedCrossEncoder, encoder: Encoder, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """token_weights of some queries [Q, S]."""
    lower = through(encoder.layers[: len(encoder.layers) - len(model.layers)], encoder.embed(ids), mask)
    return token_weights(model, (ids, lower, mask))


@torch.no_grad()
def closed_signals(model: GatedCrossEncoder, weights: torch.Tensor, queries: TokenStates, query: int,
                   passages: TokenStates, rows: np.ndarray) -> np.ndarray:
    """The signals [rows, 6] of a query, whose tokens have these weights [1, S], with passages."""
    words = functional.normalize(model.words, dim=1)

    def parts(texts: TokenStates, indices: np.ndarray) -> Parts:
        ids, mask = texts.batch(indices)
        return Parts(ids, content(ids, mask), words[ids], *texts.directions(indices, ids.shape[1]),
                     torch.from_numpy(texts.embeddings[indices]))

    of_passages = parts(passages, rows)
    return signals_of_every_pair(parts(queries, np.array([query])), weights, of_passages,
                                 model.count_norm(of_passages.text.sum(1)))[0].numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--vectors", type=Path, required=True, help="folder of NAME-queries and NAME-corpus")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--model", action="append", default=[], help="NAME=CHECKPOINT,… (none: the weights that training starts from) or NAME=DIRECTORY")
    parser.add_argument("--share", type=float, default=1.0, help="of the trained weights; the rest is the start's")
    parser.add_argument("--begin", type=Path, help="the directory of small that the checkpoints' training began with")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--passages", type=int, help="search the first of the corpus only, where the right ones come first")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    collection = read_collection(arguments.collection)
    name = arguments.collection.name
    kept = open_lists(collection, arguments)
    used, places = np.unique(kept["candidates"], return_inverse=True)
    places = places.reshape(kept["candidates"].shape)
    tokenizer = Tokenizer.from_file(str(PAIR_TOKENIZER))
    tokenizer.no_truncation()
    for spec in arguments.model:
        scorer, source = spec.split("=", 1)
        if scorer in kept:
            continue
        started = time.time()
        encoder, model = open_model(source, arguments.work, arguments.share, arguments.begin)
        texts = [collection.queries[query] for query in kept["chosen"]]
        of_queries = compute_token_states(encoder, tokenizer, texts, QUERY_TOKENS)
        of_passages = compute_token_states(encoder, tokenizer, [collection.passages[row] for row in used],
                                           PAIR_TOKENS - 32)
        signals = np.stack([closed_signals(model, weights_of(model, encoder, *of_queries.batch(np.array([row]))), of_queries,
                                           row, of_passages, places[row]) for row in range(len(texts))])
        kept[f"{scorer}_signals"] = signals
        kept[scorer] = signals @ model.signal_weights.detach().numpy() + model.offset.item()
        write_atomically(arguments.output, lambda path: np.savez(path, **kept))
        print(f"{name} {scorer}: {len(texts)} questions, {len(used)} passages, {time.time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
