"""nDCG@10 of models and checkpoints, alone and blended with stage 1, from lower states that are computed once and kept.

    python measure_checkpoints.py nq_qed squad_windows --model small=../packages/models/models/small [--queries 200]
    python measure_checkpoints.py nq_dev cacm --passages 8000 --model small=../packages/models/models/small \\
        --model step=work/checkpoints/step-000240.pt [--work work]

A name is that of a training pool, of a development collection, or of a folder in work/collections. Stage 1 is the bi-encoder's
exact cosine. All gates are closed, so a further model costs its last two layers, once per text. A directory of another model,
such as nano, scores every pair by its ONNX file, and the teacher's, such as work/teacher/all-mpnet-base-v2, by its cosine.
"""
import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from blend_weight import WEIGHTS, blended, chosen_weight, quality
from data import Collection, read_collection, read_training_pools
from development_collections import MADE_COLLECTIONS, read_development_collection
from evaluate import DEPTH, Lists, cosines_of_lists, logits_by_file, logits_of_lists, stage_1_lists
from freed_memory import keep_freed_memory
from gated_cross_encoder import CLOSED_LAYERS, Encoder
from lower_states import TextStates, compute_states, states_in_parts
from metrics import randomisation_p
from model_directory import rounded_tensors
from score_closed import open_model
from starting_weights import load_starting_weights, load_tokenizer
from teacher import Teacher

HERE = Path(__file__).resolve().parent
PASSAGE_TOKENS, QUERY_TOKENS = 256, 64
SHOWN_WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
Scorer = Callable[[Collection, Lists], list[np.ndarray]]


def named(name: str, data: Path, work: Path, passages: int | None) -> Collection:
    """passages: keeps the first ones only, where a collection that is made here has its right ones."""
    if name in MADE_COLLECTIONS:
        whole = read_development_collection(data, name)
        return Collection(name, whole.passages[:passages], whole.queries, whole.relevant)
    pools = {pool.name: pool for pool in read_training_pools(data)}
    if name in pools:
        return pools[name]
    kept = work / "collections" / name
    return read_collection(kept) if kept.exists() else read_development_collection(data, name)


def states_of(collection: Collection, folder: Path) -> tuple[TextStates, TextStates]:
    """The lower states of queries and passages, computed where they are not kept yet."""
    encoder = Encoder(rounded_tensors(load_starting_weights())).eval()
    for kind, texts, limit in (("queries", collection.queries, QUERY_TOKENS), ("passages", collection.passages, PASSAGE_TOKENS)):
        if not (folder / kind).exists():
            states_in_parts(lambda part, limit=limit: compute_states(encoder, load_tokenizer(), part, limit, CLOSED_LAYERS, half=True),
                            texts, folder / kind)
    return TextStates.load(folder / "queries"), TextStates.load(folder / "passages")


def cosines_of(teacher: Teacher, collection: Collection, lists: Lists) -> list[np.ndarray]:
    """Of each list's candidates."""
    used, places = np.unique(np.concatenate(lists.candidates), return_inverse=True)
    passages = teacher.embed([collection.passages[passage] for passage in used]).astype(np.float32)
    queries = teacher.embed([collection.queries[query] for query in lists.chosen]).astype(np.float32)
    return [passages[row] @ query for row, query in zip(places.reshape(len(queries), -1), queries)]


def scorer_of(source: str, work: Path, begin: Path) -> Scorer:
    """The logits of each list's candidates, by checkpoints or a directory."""
    manifest = Path(source) / "secondpass.json"
    if not manifest.exists() and (Path(source) / "config.json").exists():
        teacher = Teacher(Path(source))
        return lambda collection, lists: cosines_of(teacher, collection, lists)
    if manifest.exists() and "closedStates" not in json.loads(manifest.read_text(encoding="utf-8")):
        return lambda collection, lists: logits_by_file(Path(source), collection, lists)
    model = open_model(source, work, 1, begin)[1]
    return lambda _, lists: logits_of_lists(model, lists)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--model", action="append", required=True, help="NAME=DIRECTORY or NAME=CHECKPOINT,…")
    parser.add_argument("--begin", type=Path, default=HERE / ".." / "packages" / "models" / "models" / "small")
    parser.add_argument("--data", type=Path, default=HERE / ".." / ".." / "shared" / "data")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    parser.add_argument("--queries", type=int, help="a seeded sample of so many")
    parser.add_argument("--passages", type=int, help="of nq_dev: search the first so many only")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    scorers = {name: scorer_of(source, arguments.work, arguments.begin)
               for name, source in (spec.split("=", 1) for spec in arguments.model)}
    curves: dict[str, list[np.ndarray]] = {name: [] for name in scorers}
    for name in arguments.names:
        collection = named(name, arguments.data, arguments.work, arguments.passages)
        folder = arguments.work / "measured-states" / f"{name}-{len(collection.passages)}"
        lists = stage_1_lists(collection, *states_of(collection, folder), DEPTH, arguments.queries)
        candidates = np.stack(lists.candidates)
        cosines = cosines_of_lists(lists)
        before = quality(candidates, cosines, lists.relevant)
        for model_name, logits in scorers.items():
            scores = np.stack(logits(collection, lists))
            curve = {weight: quality(candidates, blended(cosines, scores, weight), lists.relevant) for weight in WEIGHTS}
            curves[model_name].append(np.array([values.mean() for values in curve.values()]))
            print(f"{name} {model_name}: {len(scores)} questions, stage 1 {before.mean():.4f}, alone {curve[0].mean():.4f} "
                  f"(p {randomisation_p(curve[0] - before):.4f}); blended " +
                  " ".join(f"{weight:g} {curve[weight].mean():.4f}" for weight in SHOWN_WEIGHTS[1:]), flush=True)
    for model_name, found in curves.items():
        mean = np.mean(found, axis=0)
        print(f"mean, {model_name}: alone {mean[0]:.4f}; largest weight within noise of the best: {chosen_weight(mean)}")


if __name__ == "__main__":
    main()
