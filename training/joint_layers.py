"""What it costs in order when fewer of the upper layers let query and passage see each other.

    python joint_layers.py [--data ../../shared/data] [--queries 20] [--json FILE]

The untrained cross-encoder (open gates are at -2) with its last 0, 1, 2, 4 or 6 layers joint reorders the exact cosine's top 100 of
a seeded sample of each development collection's questions; fp32 arithmetic, texts cut at 256 tokens. What is kept of a
passage has the same size whatever the number: one state a token. With four joint layers or more the lower states that
late interaction looks at are those after the closed layers, otherwise those after the fourth.
"""
import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch

from data import read_training_pools
from development_collections import JUDGED_COLLECTIONS, read_development_collection
from evaluate import DEPTH, Lists, compare, logits_of_lists, stage_1_lists
from gated_cross_encoder import CLOSED, CLOSED_LAYERS, Encoder, GatedCrossEncoder
from inverse_frequency import inverse_document_frequency
from lower_states import compute_states
from make import EVALUATION_PASSAGE_TOKENS, EVALUATION_QUERY_TOKENS, HERE
from starting_weights import LAYERS, load_tokenizer

JOINT_LAYERS = (0, 1, 2, 4, 6)
OPEN = -2.0


def joint_model(encoder: Encoder, inverse_frequency: torch.Tensor, joint: int) -> tuple[GatedCrossEncoder, int]:
    """The untrained model whose last `joint` layers look across, and after how many layers it takes the states."""
    closed_layers = min(CLOSED_LAYERS, LAYERS - joint)
    model = GatedCrossEncoder(encoder, inverse_frequency, closed_layers, OPEN)
    model.gates[: LAYERS - closed_layers - joint] = CLOSED
    return model.eval(), closed_layers


class Texts:
    """A collection's questions and those passages that are anybody's candidates, with states after any layer."""

    def __init__(self, encoder: Encoder, data: Path, name: str, queries: int):
        self.encoder = encoder
        collection = read_development_collection(data, name)
        passages, asked = self._states(collection.passages, collection.queries, CLOSED_LAYERS)
        lists = stage_1_lists(collection, asked, passages, DEPTH, queries)
        used = np.unique(np.concatenate(lists.candidates))
        place = {int(passage): index for index, passage in enumerate(used)}
        self.passages = [collection.passages[passage] for passage in used]
        self.queries = [collection.queries[query] for query in lists.chosen]
        self.candidates = [np.array([place[int(passage)] for passage in found]) for found in lists.candidates]
        # Relevant passages that are nobody's candidates count in the ideal order all the same.
        self.relevant = [{place.get(passage, -1 - passage): gain for passage, gain in gains.items()}
                         for gains in lists.relevant]

    def lists(self, closed_layers: int) -> Lists:
        passages, queries = self._states(self.passages, self.queries, closed_layers)
        return Lists(queries, passages, np.arange(len(self.queries)), self.candidates, self.relevant)

    def _states(self, passages: list[str], queries: list[str], closed_layers: int):
        tokenizer = load_tokenizer()
        return (compute_states(self.encoder, tokenizer, passages, EVALUATION_PASSAGE_TOKENS, closed_layers),
                compute_states(self.encoder, tokenizer, queries, EVALUATION_QUERY_TOKENS, closed_layers))


def measure(data: Path, queries: int) -> dict:
    encoder = Encoder().eval()
    rarity = torch.from_numpy(inverse_document_frequency(read_training_pools(data), load_tokenizer()))
    measured: dict[str, dict[str, dict]] = {}
    for name in JUDGED_COLLECTIONS:
        texts = Texts(encoder, data, name, queries)
        lists: dict[int, Lists] = {}
        for joint in JOINT_LAYERS:
            model, closed_layers = joint_model(encoder, rarity, joint)
            if closed_layers not in lists:
                lists = {closed_layers: texts.lists(closed_layers)}
            found = compare(lists[closed_layers], logits_of_lists(model, lists[closed_layers]))
            measured.setdefault(name, {})[str(joint)] = found
            print(f"{name}, {joint} joint: {found['stage1']} -> {found['stage2']}", flush=True)
    means = {str(joint): round(float(np.mean([each[str(joint)]["stage2"] for each in measured.values()])), 4)
             for joint in JOINT_LAYERS}
    stage1 = round(float(np.mean([each["0"]["stage1"] for each in measured.values()])), 4)
    return {"metric": "nDCG@10", "depth": DEPTH, "collections": measured, "mean": {"stage1": stage1, **means}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".." / ".." / "shared" / "data")
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    measured = measure(arguments.data.resolve(), arguments.queries)
    print(json.dumps(measured["mean"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
